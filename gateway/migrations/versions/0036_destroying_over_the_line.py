"""what a partner's gateway is asked to destroy, what partners ask of us, and why we keep a copy longer

Revision: 0036, after 0035.
"""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "line_ask",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("tenant_id", sa.String(length=32), nullable=False),
        sa.Column("destruction_id", sa.String(length=32), nullable=False),
        sa.Column("dossier_id", sa.String(length=32), nullable=False),
        sa.Column("organisation_id", sa.String(length=32), nullable=False),
        sa.Column("items", sa.JSON(), nullable=False),
        sa.Column("verstrekkingen", sa.JSON(), nullable=False),
        sa.Column("article", sa.String(length=12), nullable=False),
        sa.Column("thread", sa.String(length=32), nullable=False),
        sa.Column("asked_on", sa.Date(), nullable=True),
        sa.Column("answer_by", sa.Date(), nullable=True),
        sa.Column("reminded_on", sa.Date(), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("final", sa.Boolean(), nullable=False),
        sa.Column("kept_until", sa.Date(), nullable=True),
        sa.Column("kept_kind", sa.String(length=16), nullable=True),
        sa.Column("kept_article", sa.String(length=12), nullable=True),
        sa.Column("declaration", sa.Text(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_line_ask_tenant_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_line_ask_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_line_ask")),
    )
    with op.batch_alter_table("line_ask", schema=None) as batch_op:
        for column in ("tenant_id", "destruction_id", "dossier_id", "organisation_id"):
            batch_op.create_index(batch_op.f(f"ix_line_ask_{column}"), [column], unique=False)
    op.create_table(
        "line_asked",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("tenant_id", sa.String(length=32), nullable=False),
        sa.Column("organisation_id", sa.String(length=32), nullable=False),
        sa.Column("request", sa.String(length=32), nullable=False),
        sa.Column("thread", sa.String(length=32), nullable=False),
        sa.Column("items", sa.JSON(), nullable=False),
        sa.Column("verstrekkingen", sa.JSON(), nullable=False),
        sa.Column("article", sa.String(length=12), nullable=False),
        sa.Column("destroy_by", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told", sa.String(length=12), nullable=False),
        sa.Column("declaration", sa.Text(), nullable=True),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_line_asked_tenant_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_line_asked_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_line_asked")),
        sa.UniqueConstraint("organisation_id", "request", name=op.f("uq_line_asked_organisation_id_request")),
    )
    with op.batch_alter_table("line_asked", schema=None) as batch_op:
        for column in ("tenant_id", "told"):
            batch_op.create_index(batch_op.f(f"ix_line_asked_{column}"), [column], unique=False)
    op.create_table(
        "copy_hold",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("tenant_id", sa.String(length=32), nullable=False),
        sa.Column("thread_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=False),
        sa.Column("made_by", sa.String(length=32), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_by", sa.String(length=32), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_copy_hold_tenant_id")),
        sa.ForeignKeyConstraint(
            ["thread_id"], ["peer_thread.id"], name=op.f("fk_copy_hold_thread_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_copy_hold")),
    )
    with op.batch_alter_table("copy_hold", schema=None) as batch_op:
        for column in ("tenant_id", "thread_id"):
            batch_op.create_index(batch_op.f(f"ix_copy_hold_{column}"), [column], unique=False)


def downgrade() -> None:
    op.drop_table("copy_hold")
    op.drop_table("line_asked")
    op.drop_table("line_ask")
