"""witnesses: cosignatures, logs that we witness, and expiry that names each leaf

Revision: 0005, after 0004.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def _number() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    # Nothing expired before this version, so the table can be made anew with its other key.
    op.drop_table("audit_expiry")
    op.create_table(
        "audit_expiry",
        sa.Column("log_id", sa.String(length=32), nullable=False),
        sa.Column("event_id", sa.String(length=32), nullable=False),
        sa.Column("first_leaf", _number(), nullable=False),
        sa.Column("end_leaf", _number(), nullable=False),
        sa.Column("leaves", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("log_id", "event_id"),
    )
    op.create_table(
        "audit_cosignature",
        sa.Column("log_id", sa.String(length=32), nullable=False),
        sa.Column("key", sa.String(length=300), nullable=False),
        sa.Column("size", _number(), autoincrement=False, nullable=False),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("log_id", "key", "size"),
    )
    op.create_table(
        "audit_witnessed",
        sa.Column("origin", sa.String(length=200), nullable=False),
        sa.Column("size", _number(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("cosigned_at", sa.String(length=27), nullable=True),
        sa.Column("refused", sa.String(length=16), nullable=True),
        sa.Column("refused_at", sa.String(length=27), nullable=True),
        sa.Column("refused_note", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("origin"),
    )
    op.create_table(
        "witness_party",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("tenant_id", sa.String(length=32), nullable=False),
        sa.Column("side", sa.String(length=8), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("url", sa.String(length=300), nullable=False),
        sa.Column("key", sa.String(length=300), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("registered_by", sa.String(length=32), nullable=True),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_by", sa.String(length=32), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("trouble", sa.String(length=24), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_witness_party_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_witness_party")),
    )
    with op.batch_alter_table("witness_party", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_witness_party_tenant_id"), ["tenant_id"], unique=False)


def downgrade() -> None:
    op.drop_table("witness_party")
    op.drop_table("audit_witnessed")
    op.drop_table("audit_cosignature")
    op.drop_table("audit_expiry")
    op.create_table(
        "audit_expiry",
        sa.Column("log_id", sa.String(length=32), nullable=False),
        sa.Column("first_leaf", _number(), autoincrement=False, nullable=False),
        sa.Column("end_leaf", _number(), nullable=False),
        sa.Column("event_id", sa.String(length=32), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("log_id", "first_leaf"),
    )
