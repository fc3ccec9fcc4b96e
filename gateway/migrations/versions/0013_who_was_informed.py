"""who was informed of what was recorded

Revision: 0013, after 0012.
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "informing",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("dossier_id", sa.String(length=32), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("items", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["dossier_id"], ["dossier.id"], name=op.f("fk_informing_dossier_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_informing")),
    )
    op.create_index(op.f("ix_informing_dossier_id"), "informing", ["dossier_id"], unique=False)
    op.create_table(
        "informed",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("informing_id", sa.String(length=32), nullable=False),
        sa.Column("account_id", sa.String(length=32), nullable=True),
        sa.Column("way", sa.String(length=8), nullable=False),
        sa.Column("details", sa.LargeBinary(), nullable=False),
        sa.Column("told_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["informing_id"], ["informing.id"], name=op.f("fk_informed_informing_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_informed")),
    )
    op.create_index(op.f("ix_informed_informing_id"), "informed", ["informing_id"], unique=False)


def downgrade() -> None:
    op.drop_table("informed")
    op.drop_table("informing")
