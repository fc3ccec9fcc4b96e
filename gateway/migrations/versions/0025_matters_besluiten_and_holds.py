"""matters, besluiten with their numbers, and holds

Revision: 0025, after 0024.
"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "besluit_series",
        sa.Column("tenant_id", sa.String(length=32), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("prefix", sa.String(length=8), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_besluit_series_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "year", name=op.f("pk_besluit_series")),
    )
    op.create_table(
        "legal_hold",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("tenant_id", sa.String(length=32), nullable=False),
        sa.Column("dossier_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("owner_id", sa.String(length=32), nullable=False),
        sa.Column("started_on", sa.Date(), nullable=False),
        sa.Column("review_on", sa.Date(), nullable=False),
        sa.Column("reminded_on", sa.Date(), nullable=True),
        sa.Column("details", sa.LargeBinary(), nullable=False),
        sa.Column("made_by", sa.String(length=32), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("final_decision_on", sa.Date(), nullable=True),
        sa.Column("ended_by", sa.String(length=32), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["dossier_id"], ["dossier.id"], name=op.f("fk_legal_hold_dossier_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_legal_hold_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_legal_hold")),
    )
    with op.batch_alter_table("legal_hold", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_legal_hold_dossier_id"), ["dossier_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_legal_hold_owner_id"), ["owner_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_legal_hold_review_on"), ["review_on"], unique=False)
        batch_op.create_index(batch_op.f("ix_legal_hold_tenant_id"), ["tenant_id"], unique=False)

    op.create_table(
        "matter",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("tenant_id", sa.String(length=32), nullable=False),
        sa.Column("dossier_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("started_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("made_by", sa.String(length=32), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("replaces_id", sa.String(length=32), nullable=True),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("replaced_reason", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossier.id"], name=op.f("fk_matter_dossier_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_matter_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_matter")),
    )
    with op.batch_alter_table("matter", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_matter_dossier_id"), ["dossier_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_matter_tenant_id"), ["tenant_id"], unique=False)

    op.create_table(
        "besluit",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("tenant_id", sa.String(length=32), nullable=False),
        sa.Column("dossier_id", sa.String(length=32), nullable=False),
        sa.Column("matter_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("announced_on", sa.Date(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("school_type", sa.String(length=4), nullable=True),
        sa.Column("funding", sa.String(length=8), nullable=True),
        sa.Column("prefix", sa.String(length=8), nullable=True),
        sa.Column("year", sa.Integer(), nullable=True),
        sa.Column("sequence", sa.Integer(), nullable=True),
        sa.Column("details", sa.LargeBinary(), nullable=False),
        sa.Column("made_by", sa.String(length=32), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("replaces_id", sa.String(length=32), nullable=True),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("replaced_reason", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossier.id"], name=op.f("fk_besluit_dossier_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["matter_id"], ["matter.id"], name=op.f("fk_besluit_matter_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_besluit_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_besluit")),
    )
    with op.batch_alter_table("besluit", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_besluit_dossier_id"), ["dossier_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_besluit_ends_on"), ["ends_on"], unique=False)
        batch_op.create_index(batch_op.f("ix_besluit_matter_id"), ["matter_id"], unique=False)
        batch_op.create_index(
            "ix_besluit_number",
            ["tenant_id", "year", "sequence"],
            unique=True,
            sqlite_where=sa.text("replaced_at IS NULL AND sequence IS NOT NULL"),
            postgresql_where=sa.text("replaced_at IS NULL AND sequence IS NOT NULL"),
        )
        batch_op.create_index(batch_op.f("ix_besluit_tenant_id"), ["tenant_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("besluit", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_besluit_tenant_id"))
        batch_op.drop_index(
            "ix_besluit_number",
            sqlite_where=sa.text("replaced_at IS NULL AND sequence IS NOT NULL"),
            postgresql_where=sa.text("replaced_at IS NULL AND sequence IS NOT NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_besluit_matter_id"))
        batch_op.drop_index(batch_op.f("ix_besluit_ends_on"))
        batch_op.drop_index(batch_op.f("ix_besluit_dossier_id"))

    op.drop_table("besluit")
    with op.batch_alter_table("matter", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_matter_tenant_id"))
        batch_op.drop_index(batch_op.f("ix_matter_dossier_id"))

    op.drop_table("matter")
    with op.batch_alter_table("legal_hold", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_legal_hold_tenant_id"))
        batch_op.drop_index(batch_op.f("ix_legal_hold_review_on"))
        batch_op.drop_index(batch_op.f("ix_legal_hold_owner_id"))
        batch_op.drop_index(batch_op.f("ix_legal_hold_dossier_id"))

    op.drop_table("legal_hold")
    op.drop_table("besluit_series")
