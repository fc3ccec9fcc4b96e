"""dossiers as coded fields for research and policy

Revision: 0026, after 0025.
"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "coded_export",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("tenant_id", sa.String(length=32), nullable=False),
        sa.Column("recipient_id", sa.String(length=32), nullable=False),
        sa.Column("purpose", sa.String(length=24), nullable=False),
        sa.Column("k", sa.Integer(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("left_out", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("made_by", sa.String(length=32), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("open_until", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["recipient_id"], ["organisation.id"], name=op.f("fk_coded_export_recipient_id")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_coded_export_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coded_export")),
    )
    with op.batch_alter_table("coded_export", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_coded_export_tenant_id"), ["tenant_id"], unique=False)
    with op.batch_alter_table("verstrekking", schema=None) as batch_op:
        batch_op.add_column(sa.Column("export_id", sa.String(length=32), nullable=True))
        batch_op.create_index(batch_op.f("ix_verstrekking_export_id"), ["export_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("verstrekking", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_verstrekking_export_id"))
        batch_op.drop_column("export_id")
    op.drop_table("coded_export")
