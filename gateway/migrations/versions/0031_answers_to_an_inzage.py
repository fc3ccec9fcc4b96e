"""what the officer decides for an inzage, and the answer

Revision: 0031, after 0030.
"""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "inzage_answer",
        sa.Column("request_id", sa.String(length=32), nullable=False),
        sa.Column("tenant_id", sa.String(length=32), nullable=False),
        sa.Column("dossier_id", sa.String(length=32), nullable=False),
        sa.Column("verstrekking_id", sa.String(length=32), nullable=True),
        sa.Column("overview", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("open_until", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["dossier_id"], ["dossier.id"], name=op.f("fk_inzage_answer_dossier_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["request_id"], ["right_request.id"], name=op.f("fk_inzage_answer_request_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_inzage_answer_tenant_id")),
        sa.PrimaryKeyConstraint("request_id", name=op.f("pk_inzage_answer")),
    )
    with op.batch_alter_table("inzage_answer", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_inzage_answer_dossier_id"), ["dossier_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_inzage_answer_tenant_id"), ["tenant_id"], unique=False)

    op.create_table(
        "inzage_piece",
        sa.Column("request_id", sa.String(length=32), nullable=False),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("shown", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=False),
        sa.Column("decided_by", sa.String(length=32), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["request_id"], ["right_request.id"], name=op.f("fk_inzage_piece_request_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("request_id", "key", name=op.f("pk_inzage_piece")),
    )
    op.create_table(
        "inzage_document",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("tenant_id", sa.String(length=32), nullable=False),
        sa.Column("request_id", sa.String(length=32), nullable=False),
        sa.Column("dossier_id", sa.String(length=32), nullable=False),
        sa.Column("document_id", sa.String(length=32), nullable=False),
        sa.Column("version_id", sa.String(length=32), nullable=False),
        sa.Column("choice", sa.String(length=8), nullable=True),
        sa.Column("why", sa.LargeBinary(), nullable=True),
        sa.Column("decided_by", sa.String(length=32), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("code", sa.String(length=24), nullable=True),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("doing", sa.String(length=16), nullable=True),
        sa.Column("at_page", sa.Integer(), nullable=False),
        sa.Column("of_pages", sa.Integer(), nullable=False),
        sa.Column("finds", sa.LargeBinary(), nullable=True),
        sa.Column("choices", sa.LargeBinary(), nullable=True),
        sa.Column("report", sa.LargeBinary(), nullable=True),
        sa.Column("asked_by", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_inzage_document_document_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["dossier_id"], ["dossier.id"], name=op.f("fk_inzage_document_dossier_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["request_id"], ["right_request.id"], name=op.f("fk_inzage_document_request_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_inzage_document_tenant_id")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["document_version.id"], name=op.f("fk_inzage_document_version_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inzage_document")),
        sa.UniqueConstraint("request_id", "document_id", name=op.f("uq_inzage_document_request_id_document_id")),
    )
    with op.batch_alter_table("inzage_document", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_inzage_document_document_id"), ["document_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_inzage_document_dossier_id"), ["dossier_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_inzage_document_request_id"), ["request_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_inzage_document_tenant_id"), ["tenant_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_inzage_document_version_id"), ["version_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("inzage_document", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_inzage_document_version_id"))
        batch_op.drop_index(batch_op.f("ix_inzage_document_tenant_id"))
        batch_op.drop_index(batch_op.f("ix_inzage_document_request_id"))
        batch_op.drop_index(batch_op.f("ix_inzage_document_dossier_id"))
        batch_op.drop_index(batch_op.f("ix_inzage_document_document_id"))

    op.drop_table("inzage_document")
    op.drop_table("inzage_piece")
    with op.batch_alter_table("inzage_answer", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_inzage_answer_tenant_id"))
        batch_op.drop_index(batch_op.f("ix_inzage_answer_dossier_id"))

    op.drop_table("inzage_answer")
