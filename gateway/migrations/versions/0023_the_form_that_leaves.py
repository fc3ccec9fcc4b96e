"""the form in which documents leave: anonymised renditions, a named expert, the request's day, and the sealed mapping

Revision: 0023, after 0022.
"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("verstrekking", schema=None) as batch_op:
        batch_op.add_column(sa.Column("expert_id", sa.String(length=32), nullable=True))
        batch_op.add_column(sa.Column("convenant_id", sa.String(length=32), nullable=True))
        batch_op.add_column(sa.Column("requested_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("mapping", sa.LargeBinary(), nullable=True))
        batch_op.create_index(batch_op.f("ix_verstrekking_expert_id"), ["expert_id"], unique=False)
    with op.batch_alter_table("verstrekking_document", schema=None) as batch_op:
        # All that left before this left as it was.
        batch_op.add_column(sa.Column("form", sa.String(length=12), nullable=False, server_default="original"))
        batch_op.add_column(sa.Column("rendition_id", sa.String(length=32), nullable=True))
        batch_op.add_column(sa.Column("mark", sa.LargeBinary(length=32), nullable=True))
        batch_op.add_column(sa.Column("sha256", sa.String(length=64), nullable=True))
    with op.batch_alter_table("verstrekking_document", schema=None) as batch_op:
        batch_op.alter_column("form", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("verstrekking_document", schema=None) as batch_op:
        for name in ("sha256", "mark", "rendition_id", "form"):
            batch_op.drop_column(name)
    with op.batch_alter_table("verstrekking", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_verstrekking_expert_id"))
        for name in ("mapping", "requested_on", "convenant_id", "expert_id"):
            batch_op.drop_column(name)
