"""recipients of a part that went

Revision: 0039, after 0038.
"""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("verstrekking_gone", schema=None) as batch_op:
        batch_op.add_column(sa.Column("part_of", sa.String(length=32), nullable=True))
        batch_op.add_column(sa.Column("destruction_id", sa.String(length=32), nullable=True))
        batch_op.add_column(sa.Column("places", sa.String(length=400), nullable=True))
        batch_op.create_index(batch_op.f("ix_verstrekking_gone_destruction_id"), ["destruction_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("verstrekking_gone", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_verstrekking_gone_destruction_id"))
        batch_op.drop_column("places")
        batch_op.drop_column("destruction_id")
        batch_op.drop_column("part_of")
