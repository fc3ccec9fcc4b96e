"""lines between two swv

Revision: 0022, after 0021.
"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "peer_refusal",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("tenant_id", sa.String(length=32), nullable=False),
        sa.Column("link_id", sa.String(length=32), nullable=True),
        sa.Column("code", sa.String(length=24), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_peer_refusal_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_peer_refusal")),
    )
    with op.batch_alter_table("peer_refusal", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_peer_refusal_tenant_id"), ["tenant_id"], unique=False)

    op.create_table(
        "peer_link",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("tenant_id", sa.String(length=32), nullable=False),
        sa.Column("organisation_id", sa.String(length=32), nullable=False),
        sa.Column("carrier", sa.String(length=8), nullable=False),
        sa.Column("address", sa.String(length=300), nullable=False),
        sa.Column("pin", sa.String(length=64), nullable=False),
        sa.Column("made_by", sa.String(length=32), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("heard_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("trouble", sa.String(length=24), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_peer_link_organisation_id")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_peer_link_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_peer_link")),
    )
    with op.batch_alter_table("peer_link", schema=None) as batch_op:
        batch_op.create_index(
            "ix_peer_link_one",
            ["organisation_id"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )
        batch_op.create_index(batch_op.f("ix_peer_link_tenant_id"), ["tenant_id"], unique=False)

    op.create_table(
        "peer_thread",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("organisation_id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("sent", sa.Integer(), nullable=False),
        sa.Column("applied", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_peer_thread_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_peer_thread")),
        sa.UniqueConstraint("organisation_id", "name", name=op.f("uq_peer_thread_organisation_id_name")),
    )
    op.create_table(
        "peer_message",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("organisation_id", sa.String(length=32), nullable=False),
        sa.Column("thread_id", sa.String(length=32), nullable=False),
        sa.Column("message_id", sa.String(length=32), nullable=False),
        sa.Column("direction", sa.String(length=3), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("void", sa.Boolean(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=True),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("made_by", sa.String(length=32), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_peer_message_organisation_id")),
        sa.ForeignKeyConstraint(
            ["thread_id"], ["peer_thread.id"], name=op.f("fk_peer_message_thread_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_peer_message")),
        sa.UniqueConstraint(
            "organisation_id",
            "direction",
            "message_id",
            name=op.f("uq_peer_message_organisation_id_direction_message_id"),
        ),
        sa.UniqueConstraint(
            "thread_id", "direction", "number", name=op.f("uq_peer_message_thread_id_direction_number")
        ),
    )
    with op.batch_alter_table("peer_message", schema=None) as batch_op:
        batch_op.create_index(
            "ix_peer_message_state", ["organisation_id", "direction", "state", "thread_id", "number"], unique=False
        )

    op.create_table(
        "peer_attachment",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("message_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("object_key", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["peer_message.id"], name=op.f("fk_peer_attachment_message_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_peer_attachment")),
        sa.UniqueConstraint("object_key", name=op.f("uq_peer_attachment_object_key")),
    )
    with op.batch_alter_table("peer_attachment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_peer_attachment_message_id"), ["message_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("peer_attachment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_peer_attachment_message_id"))

    op.drop_table("peer_attachment")
    with op.batch_alter_table("peer_message", schema=None) as batch_op:
        batch_op.drop_index("ix_peer_message_state")

    op.drop_table("peer_message")
    op.drop_table("peer_thread")
    with op.batch_alter_table("peer_link", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_peer_link_tenant_id"))
        batch_op.drop_index(
            "ix_peer_link_one", sqlite_where=sa.text("ended_at IS NULL"), postgresql_where=sa.text("ended_at IS NULL")
        )

    op.drop_table("peer_link")
    with op.batch_alter_table("peer_refusal", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_peer_refusal_tenant_id"))

    op.drop_table("peer_refusal")
