"""a destruction may be of a set of categories, while the dossier lives on

Revision: 0034, after 0033.
"""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

STANDING = sa.text("state != 'taken_back'")
WHOLE = sa.text("state != 'taken_back' AND categories = ''")
SET = sa.text("state = 'announced' AND categories != ''")


def upgrade() -> None:
    with op.batch_alter_table("destruction", schema=None) as batch_op:
        batch_op.add_column(sa.Column("categories", sa.String(length=60), server_default="", nullable=False))
        batch_op.add_column(sa.Column("parts", sa.JSON(), server_default="{}", nullable=False))
    op.drop_index("ix_destruction_standing", table_name="destruction")
    op.create_index(
        "ix_destruction_standing",
        "destruction",
        ["dossier_id"],
        unique=True,
        sqlite_where=WHOLE,
        postgresql_where=WHOLE,
    )
    op.create_index(
        "ix_destruction_set", "destruction", ["dossier_id"], unique=True, sqlite_where=SET, postgresql_where=SET
    )
    op.create_index("ix_destruction_dossier_id", "destruction", ["dossier_id"])


def downgrade() -> None:
    for name in ("ix_destruction_dossier_id", "ix_destruction_set", "ix_destruction_standing"):
        op.drop_index(name, table_name="destruction")
    op.execute("DELETE FROM destruction WHERE categories != ''")
    with op.batch_alter_table("destruction", schema=None) as batch_op:
        batch_op.drop_column("parts")
        batch_op.drop_column("categories")
    op.create_index(
        "ix_destruction_standing",
        "destruction",
        ["dossier_id"],
        unique=True,
        sqlite_where=STANDING,
        postgresql_where=STANDING,
    )
