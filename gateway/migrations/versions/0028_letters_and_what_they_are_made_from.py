"""letters and what they are made from

Revision: 0028, after 0027.
"""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "letter_house",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("tenant_id", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("details", sa.LargeBinary(), nullable=False),
        sa.Column("logo", sa.LargeBinary(), nullable=True),
        sa.Column("made_by", sa.String(length=32), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_letter_house_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter_house")),
        sa.UniqueConstraint("tenant_id", "version", name=op.f("uq_letter_house_tenant_id_version")),
    )
    with op.batch_alter_table("letter_house", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_letter_house_tenant_id"), ["tenant_id"], unique=False)

    op.create_table(
        "letter_template",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("tenant_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("details", sa.LargeBinary(), nullable=False),
        sa.Column("made_by", sa.String(length=32), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.String(length=32), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_letter_template_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter_template")),
        sa.UniqueConstraint("tenant_id", "kind", "version", name=op.f("uq_letter_template_tenant_id_kind_version")),
    )
    with op.batch_alter_table("letter_template", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_letter_template_tenant_id"), ["tenant_id"], unique=False)

    op.create_table(
        "letter",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("tenant_id", sa.String(length=32), nullable=False),
        sa.Column("dossier_id", sa.String(length=32), nullable=False),
        sa.Column("about", sa.String(length=32), nullable=False),
        sa.Column("account_id", sa.String(length=32), nullable=True),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("template_version", sa.Integer(), nullable=False),
        sa.Column("house_id", sa.String(length=32), nullable=True),
        sa.Column("details", sa.LargeBinary(), nullable=False),
        sa.Column("made_by", sa.String(length=32), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_on", sa.Date(), nullable=False),
        sa.Column("handed_on", sa.Date(), nullable=True),
        sa.Column("way", sa.String(length=6), nullable=True),
        sa.Column("handed_by", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossier.id"], name=op.f("fk_letter_dossier_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_letter_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter")),
    )
    with op.batch_alter_table("letter", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_letter_about"), ["about"], unique=False)
        batch_op.create_index(batch_op.f("ix_letter_account_id"), ["account_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_letter_dossier_id"), ["dossier_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_letter_tenant_id"), ["tenant_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("letter", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_letter_tenant_id"))
        batch_op.drop_index(batch_op.f("ix_letter_dossier_id"))
        batch_op.drop_index(batch_op.f("ix_letter_account_id"))
        batch_op.drop_index(batch_op.f("ix_letter_about"))

    op.drop_table("letter")
    with op.batch_alter_table("letter_template", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_letter_template_tenant_id"))

    op.drop_table("letter_template")
    with op.batch_alter_table("letter_house", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_letter_house_tenant_id"))

    op.drop_table("letter_house")
