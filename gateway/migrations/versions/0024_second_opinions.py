"""second opinions: cases, their acts, experts, advice, and what parents asked

Revision: 0024, after 0023.
"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "second_opinion_case",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("tenant_id", sa.String(length=32), nullable=False),
        sa.Column("own_side", sa.String(length=9), nullable=False),
        sa.Column("dossier_id", sa.String(length=32), nullable=True),
        sa.Column("subject_id", sa.String(length=32), nullable=False),
        sa.Column("partner_id", sa.String(length=32), nullable=False),
        sa.Column("convenant_id", sa.String(length=32), nullable=True),
        sa.Column("thread", sa.String(length=32), nullable=False),
        sa.Column("phase", sa.String(length=13), nullable=False),
        sa.Column("due", sa.Date(), nullable=True),
        sa.Column("access_until", sa.Date(), nullable=True),
        sa.Column("access_ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acts", sa.Integer(), nullable=False),
        sa.Column("shown_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("requested_on", sa.Date(), nullable=True),
        sa.Column("reminded", sa.String(length=24), nullable=False),
        sa.Column("made_by", sa.String(length=32), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["dossier_id"], ["dossier.id"], name=op.f("fk_second_opinion_case_dossier_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["partner_id"], ["organisation.id"], name=op.f("fk_second_opinion_case_partner_id")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_second_opinion_case_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_second_opinion_case")),
    )
    with op.batch_alter_table("second_opinion_case", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_second_opinion_case_dossier_id"), ["dossier_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_second_opinion_case_partner_id"), ["partner_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_second_opinion_case_tenant_id"), ["tenant_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_second_opinion_case_thread"), ["thread"], unique=False)

    op.create_table(
        "second_opinion_wish",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("dossier_id", sa.String(length=32), nullable=False),
        sa.Column("way", sa.String(length=8), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("made_by", sa.String(length=32), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["dossier_id"], ["dossier.id"], name=op.f("fk_second_opinion_wish_dossier_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_second_opinion_wish")),
    )
    with op.batch_alter_table("second_opinion_wish", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_second_opinion_wish_dossier_id"), ["dossier_id"], unique=False)

    op.create_table(
        "second_opinion_act",
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("side", sa.String(length=9), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("made_by", sa.String(length=32), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_on", sa.Date(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("overtaken", sa.Boolean(), nullable=False),
        sa.Column("event_id", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["second_opinion_case.id"], name=op.f("fk_second_opinion_act_case_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("case_id", "number", name=op.f("pk_second_opinion_act")),
    )
    op.create_table(
        "second_opinion_advice",
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_by", sa.String(length=32), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["second_opinion_case.id"], name=op.f("fk_second_opinion_advice_case_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_second_opinion_advice")),
    )
    op.create_table(
        "second_opinion_expert",
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("account_id", sa.String(length=32), nullable=False),
        sa.Column("entry_id", sa.String(length=32), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_second_opinion_expert_account_id")),
        sa.ForeignKeyConstraint(
            ["case_id"], ["second_opinion_case.id"], name=op.f("fk_second_opinion_expert_case_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("case_id", "account_id", name=op.f("pk_second_opinion_expert")),
    )
    with op.batch_alter_table("second_opinion_expert", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_second_opinion_expert_account_id"), ["account_id"], unique=False)


def downgrade() -> None:
    for table in ("wish", "expert", "advice", "act", "case"):
        op.drop_table(f"second_opinion_{table}")
