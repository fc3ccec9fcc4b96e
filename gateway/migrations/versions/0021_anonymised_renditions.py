"""anonymised renditions: where each stands, and what was found and decided, sealed

Revision: 0021, after 0020.
"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "anonymised_rendition",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("tenant_id", sa.String(length=32), nullable=False),
        sa.Column("dossier_id", sa.String(length=32), nullable=False),
        sa.Column("document_id", sa.String(length=32), nullable=False),
        sa.Column("version_id", sa.String(length=32), nullable=False),
        sa.Column("content_mark", sa.LargeBinary(length=32), nullable=False),
        sa.Column("identities_mark", sa.LargeBinary(length=32), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("code", sa.String(length=24), nullable=True),
        sa.Column("categories", sa.String(length=60), nullable=True),
        sa.Column("report", sa.LargeBinary(), nullable=True),
        sa.Column("finds", sa.LargeBinary(), nullable=True),
        sa.Column("decisions", sa.LargeBinary(), nullable=True),
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=True),
        sa.Column("edition", sa.Integer(), nullable=True),
        sa.Column("model", sa.String(length=80), nullable=True),
        sa.Column("doing", sa.String(length=16), nullable=True),
        sa.Column("at_page", sa.Integer(), nullable=False),
        sa.Column("of_pages", sa.Integer(), nullable=False),
        sa.Column("asked_by", sa.String(length=32), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reviewed_by", sa.String(length=32), nullable=True),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("second_by", sa.String(length=32), nullable=True),
        sa.Column("second_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_anonymised_rendition_document_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["dossier_id"], ["dossier.id"], name=op.f("fk_anonymised_rendition_dossier_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_anonymised_rendition_tenant_id")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["document_version.id"], name=op.f("fk_anonymised_rendition_version_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_anonymised_rendition")),
        sa.UniqueConstraint("version_id", name=op.f("uq_anonymised_rendition_version_id")),
    )
    with op.batch_alter_table("anonymised_rendition", schema=None) as batch_op:
        for column in ("tenant_id", "dossier_id", "document_id"):
            batch_op.create_index(batch_op.f(f"ix_anonymised_rendition_{column}"), [column], unique=False)


def downgrade() -> None:
    op.drop_table("anonymised_rendition")
