"""objection and appeal

Revision: 0033, after 0032.
"""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "objection",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("tenant_id", sa.String(length=32), nullable=False),
        sa.Column("dossier_id", sa.String(length=32), nullable=False),
        sa.Column("besluit_id", sa.String(length=32), nullable=False),
        sa.Column("answers_id", sa.String(length=32), nullable=True),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("by", sa.String(length=10), nullable=False),
        sa.Column("account_id", sa.String(length=32), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("committee", sa.Boolean(), nullable=False),
        sa.Column("advice", sa.String(length=20), nullable=True),
        sa.Column("advised_on", sa.Date(), nullable=True),
        sa.Column("extended_on", sa.Date(), nullable=True),
        sa.Column("outcome", sa.String(length=20), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("new_besluit_id", sa.String(length=32), nullable=True),
        sa.Column("hold_id", sa.String(length=32), nullable=False),
        sa.Column("details", sa.LargeBinary(), nullable=False),
        sa.Column("made_by", sa.String(length=32), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["dossier_id"], ["dossier.id"], name=op.f("fk_objection_dossier_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_objection_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_objection")),
    )
    with op.batch_alter_table("objection", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_objection_account_id"), ["account_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_objection_besluit_id"), ["besluit_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_objection_dossier_id"), ["dossier_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_objection_state"), ["state"], unique=False)
        batch_op.create_index(batch_op.f("ix_objection_tenant_id"), ["tenant_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("objection", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_objection_tenant_id"))
        batch_op.drop_index(batch_op.f("ix_objection_state"))
        batch_op.drop_index(batch_op.f("ix_objection_dossier_id"))
        batch_op.drop_index(batch_op.f("ix_objection_besluit_id"))
        batch_op.drop_index(batch_op.f("ix_objection_account_id"))

    op.drop_table("objection")
