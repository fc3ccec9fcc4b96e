"""destructions, who approved them, and the register of what is gone

Revision: 0030, after 0029.
"""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

STANDING = sa.text("state != 'taken_back'")


def upgrade() -> None:
    op.create_table(
        "destruction",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("tenant_id", sa.String(length=32), nullable=False),
        sa.Column("dossier_id", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("article", sa.String(length=12), nullable=False),
        sa.Column("profile", sa.String(length=60), nullable=False),
        sa.Column("kept_until", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("announced_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_back_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("key_id", sa.String(length=120), nullable=True),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("event_id", sa.String(length=32), nullable=True),
        sa.Column("certificate", sa.Text(), nullable=True),
        sa.Column("certified_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_destruction_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_destruction")),
    )
    with op.batch_alter_table("destruction", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_destruction_tenant_id"), ["tenant_id"], unique=False)
        batch_op.create_index("ix_destruction_state", ["state", "due_on", "id"], unique=False)
        batch_op.create_index(
            "ix_destruction_standing", ["dossier_id"], unique=True, sqlite_where=STANDING, postgresql_where=STANDING
        )
    op.create_table(
        "destruction_approval",
        sa.Column("destruction_id", sa.String(length=32), nullable=False),
        sa.Column("account_id", sa.String(length=32), nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["destruction_id"],
            ["destruction.id"],
            name=op.f("fk_destruction_approval_destruction_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("destruction_id", "account_id", name=op.f("pk_destruction_approval")),
    )
    op.create_table(
        "destruction_clock",
        sa.Column("name", sa.String(length=8), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_destruction_clock")),
    )
    _create_gone()
    with op.batch_alter_table("erasure", schema=None) as batch_op:
        batch_op.add_column(sa.Column("dossier_id", sa.String(length=32), nullable=True))
        batch_op.create_index(batch_op.f("ix_erasure_dossier_id"), ["dossier_id"], unique=False)


def _create_gone() -> None:
    op.create_table(
        "verstrekking_gone",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("tenant_id", sa.String(length=32), nullable=False),
        sa.Column("dossier_id", sa.String(length=32), nullable=False),
        sa.Column("school_id", sa.String(length=32), nullable=False),
        sa.Column("recipient_id", sa.String(length=32), nullable=False),
        sa.Column("purpose", sa.String(length=24), nullable=False),
        sa.Column("basis", sa.String(length=24), nullable=False),
        sa.Column("form", sa.String(length=12), nullable=False),
        sa.Column("article", sa.String(length=12), nullable=False),
        sa.Column("profile", sa.String(length=60), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("documents", sa.Integer(), nullable=False),
        sa.Column("asked_on", sa.Date(), nullable=True),
        sa.Column("answer_by", sa.Date(), nullable=True),
        sa.Column("reminded_on", sa.Date(), nullable=True),
        sa.Column("answer", sa.String(length=12), nullable=True),
        sa.Column("answered_by", sa.String(length=32), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["recipient_id"], ["organisation.id"], name=op.f("fk_verstrekking_gone_recipient_id")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_verstrekking_gone_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_verstrekking_gone")),
    )
    with op.batch_alter_table("verstrekking_gone", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_verstrekking_gone_dossier_id"), ["dossier_id"], unique=False)
        batch_op.create_index("ix_verstrekking_gone_register", ["tenant_id", "made_at", "id"], unique=False)
        batch_op.create_index("ix_verstrekking_gone_recipient", ["recipient_id", "id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("erasure", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_erasure_dossier_id"))
        batch_op.drop_column("dossier_id")
    for table in ("verstrekking_gone", "destruction_clock", "destruction_approval", "destruction"):
        op.drop_table(table)
