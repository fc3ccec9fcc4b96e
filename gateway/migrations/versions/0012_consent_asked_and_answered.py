"""consent asked and answered, court orders, the sixteenth birthday

Revision: 0012, after 0011.
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

# A consent of before this was given without a limit to kinds of data; health (e) went to nobody then either (PR9.2).
EVERYTHING_BUT_HEALTH = "a b c d f g h i j k l m n o p"


def upgrade() -> None:
    with op.batch_alter_table("consent", schema=None) as batch_op:
        batch_op.add_column(sa.Column("valid_until", sa.Date(), nullable=True))
        batch_op.add_column(
            sa.Column("categories", sa.String(length=60), nullable=False, server_default=EVERYTHING_BUT_HEALTH)
        )
        batch_op.add_column(sa.Column("giver_account_id", sa.String(length=32), nullable=True))
        batch_op.add_column(sa.Column("evidence_document_id", sa.String(length=32), nullable=True))
        batch_op.add_column(sa.Column("request_id", sa.String(length=32), nullable=True))
        batch_op.create_index(batch_op.f("ix_consent_giver_account_id"), ["giver_account_id"], unique=False)
    with op.batch_alter_table("consent", schema=None) as batch_op:
        batch_op.alter_column("categories", existing_type=sa.String(length=60), server_default=None)
    op.create_table(
        "consent_request",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("dossier_id", sa.String(length=32), nullable=False),
        sa.Column("purposes", sa.String(length=200), nullable=False),
        sa.Column("recipients", sa.String(length=200), nullable=False),
        sa.Column("categories", sa.String(length=60), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("explanation", sa.LargeBinary(), nullable=False),
        sa.Column("made_by", sa.String(length=32), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["dossier_id"], ["dossier.id"], name=op.f("fk_consent_request_dossier_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent_request")),
    )
    op.create_index(op.f("ix_consent_request_dossier_id"), "consent_request", ["dossier_id"], unique=False)
    op.create_table(
        "consent_answer",
        sa.Column("request_id", sa.String(length=32), nullable=False),
        sa.Column("account_id", sa.String(length=32), nullable=False),
        sa.Column("answer", sa.String(length=8), nullable=False),
        sa.Column("consent_id", sa.String(length=32), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["request_id"], ["consent_request.id"], name=op.f("fk_consent_answer_request_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("request_id", "account_id", name=op.f("pk_consent_answer")),
    )
    op.create_table(
        "court_order",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("dossier_id", sa.String(length=32), nullable=False),
        sa.Column("account_id", sa.String(length=32), nullable=True),
        sa.Column("details", sa.LargeBinary(), nullable=False),
        sa.Column("from_day", sa.Date(), nullable=False),
        sa.Column("until_day", sa.Date(), nullable=True),
        sa.Column("document_id", sa.String(length=32), nullable=False),
        sa.Column("made_by", sa.String(length=32), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["dossier_id"], ["dossier.id"], name=op.f("fk_court_order_dossier_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_court_order")),
    )
    op.create_index(op.f("ix_court_order_dossier_id"), "court_order", ["dossier_id"], unique=False)
    op.create_index(op.f("ix_court_order_account_id"), "court_order", ["account_id"], unique=False)
    op.create_table(
        "sixteenth_birthday",
        sa.Column("dossier_id", sa.String(length=32), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["dossier_id"], ["dossier.id"], name=op.f("fk_sixteenth_birthday_dossier_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("dossier_id", name=op.f("pk_sixteenth_birthday")),
    )


def downgrade() -> None:
    for table in ("sixteenth_birthday", "court_order", "consent_answer", "consent_request"):
        op.drop_table(table)
    with op.batch_alter_table("consent", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_consent_giver_account_id"))
        for column in ("request_id", "evidence_document_id", "giver_account_id", "categories", "valid_until"):
            batch_op.drop_column(column)
