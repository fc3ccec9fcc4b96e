"""keys that are renewed after something was erased

Revision: 0002, after 0001.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "key_renewal",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("organisation_id", sa.String(length=32), nullable=False),
        sa.Column("period", sa.String(length=40), nullable=False),
        sa.Column("period_key_id", sa.String(length=120), nullable=False),
        sa.Column("subject_id", sa.String(length=32), nullable=True),
        sa.Column("object_id", sa.String(length=32), nullable=True),
        sa.Column("part", sa.Boolean(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("renewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("destroyed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("final_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_key_renewal")),
    )
    with op.batch_alter_table("key_renewal", schema=None) as batch_op:
        batch_op.create_index("ix_key_renewal_period", ["organisation_id", "period"], unique=False)
        batch_op.create_index(batch_op.f("ix_key_renewal_subject_id"), ["subject_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_key_renewal_destroyed_at"), ["destroyed_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_key_renewal_final_at"), ["final_at"], unique=False)

    op.drop_index("ix_subject_key_period_key_id", table_name="subject_key")
    op.create_index("ix_subject_key_period", "subject_key", ["period_key_id", "subject_id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_subject_key_period", table_name="subject_key")
    op.create_index("ix_subject_key_period_key_id", "subject_key", ["period_key_id"], unique=False)
    op.drop_table("key_renewal")
