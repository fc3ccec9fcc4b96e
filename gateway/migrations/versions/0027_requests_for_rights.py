"""requests of pupil and guardians for their rights

Revision: 0027, after 0026.
"""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "right_request",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("tenant_id", sa.String(length=32), nullable=False),
        sa.Column("dossier_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("asked_by", sa.String(length=32), nullable=True),
        sa.Column("capacity", sa.String(length=12), nullable=False),
        sa.Column("way", sa.String(length=8), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("assisted", sa.LargeBinary(), nullable=True),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("due", sa.Date(), nullable=True),
        sa.Column("details", sa.LargeBinary(), nullable=False),
        sa.Column("scan_id", sa.String(length=32), nullable=True),
        sa.Column("treated_by", sa.String(length=32), nullable=True),
        sa.Column("extended_on", sa.Date(), nullable=True),
        sa.Column("extension_weeks", sa.Integer(), nullable=True),
        sa.Column("extension", sa.LargeBinary(), nullable=True),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("outcome", sa.String(length=8), nullable=True),
        sa.Column("decision", sa.LargeBinary(), nullable=True),
        sa.Column("decided_by", sa.String(length=32), nullable=True),
        sa.Column("carried_out_on", sa.Date(), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("same_as", sa.String(length=32), nullable=True),
        sa.Column("hold_id", sa.String(length=32), nullable=True),
        sa.Column("reminded", sa.String(length=4), nullable=False),
        sa.Column("made_by", sa.String(length=32), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["dossier_id"], ["dossier.id"], name=op.f("fk_right_request_dossier_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_right_request_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_right_request")),
    )
    with op.batch_alter_table("right_request", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_right_request_asked_by"), ["asked_by"], unique=False)
        batch_op.create_index(batch_op.f("ix_right_request_dossier_id"), ["dossier_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_right_request_due"), ["due"], unique=False)
        batch_op.create_index(batch_op.f("ix_right_request_state"), ["state"], unique=False)
        batch_op.create_index(batch_op.f("ix_right_request_tenant_id"), ["tenant_id"], unique=False)

    op.create_table(
        "right_item",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("request_id", sa.String(length=32), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.String(length=32), nullable=True),
        sa.Column("field", sa.String(length=24), nullable=True),
        sa.Column("change", sa.String(length=8), nullable=False),
        sa.Column("details", sa.LargeBinary(), nullable=False),
        sa.Column("outcome", sa.String(length=8), nullable=True),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.Column("done_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["request_id"], ["right_request.id"], name=op.f("fk_right_item_request_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_right_item")),
    )
    with op.batch_alter_table("right_item", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_right_item_request_id"), ["request_id"], unique=False)

    op.create_table(
        "right_pause",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("request_id", sa.String(length=32), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("why", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["request_id"], ["right_request.id"], name=op.f("fk_right_pause_request_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_right_pause")),
    )
    with op.batch_alter_table("right_pause", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_right_pause_request_id"), ["request_id"], unique=False)

    op.create_table(
        "right_step",
        sa.Column("request_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("made_by", sa.String(length=32), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("event_id", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["request_id"], ["right_request.id"], name=op.f("fk_right_step_request_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("request_id", "number", name=op.f("pk_right_step")),
    )


def downgrade() -> None:
    op.drop_table("right_step")
    with op.batch_alter_table("right_pause", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_right_pause_request_id"))

    op.drop_table("right_pause")
    with op.batch_alter_table("right_item", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_right_item_request_id"))

    op.drop_table("right_item")
    with op.batch_alter_table("right_request", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_right_request_tenant_id"))
        batch_op.drop_index(batch_op.f("ix_right_request_state"))
        batch_op.drop_index(batch_op.f("ix_right_request_due"))
        batch_op.drop_index(batch_op.f("ix_right_request_dossier_id"))
        batch_op.drop_index(batch_op.f("ix_right_request_asked_by"))

    op.drop_table("right_request")
