"""single sign-on: providers of organisations, who is joined, and who is on the way

Revision: 0019, after 0018.
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sign_on_attempt",
        sa.Column("state_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("connection_id", sa.String(length=32), nullable=False),
        sa.Column("organisation_id", sa.String(length=32), nullable=False),
        sa.Column("browser_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("purpose", sa.String(length=12), nullable=False),
        sa.Column("session_id", sa.String(length=32), nullable=True),
        sa.Column("account_id", sa.String(length=32), nullable=True),
        sa.Column("invitation_hash", sa.LargeBinary(length=32), nullable=True),
        sa.Column("goes_on", sa.String(length=500), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("state_hash", name=op.f("pk_sign_on_attempt")),
    )
    op.create_table(
        "sign_on_spent",
        sa.Column("mark", sa.LargeBinary(length=32), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("mark", name=op.f("pk_sign_on_spent")),
    )
    op.create_table(
        "sign_on_connection",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("tenant_id", sa.String(length=32), nullable=False),
        sa.Column("organisation_id", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("issuer", sa.String(length=300), nullable=False),
        sa.Column("client", sa.String(length=200), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("domains", sa.String(length=1000), nullable=False),
        sa.Column("strong", sa.String(length=1000), nullable=False),
        sa.Column("member_claim", sa.String(length=100), nullable=False),
        sa.Column("member_values", sa.String(length=1000), nullable=False),
        sa.Column("affiliation_claim", sa.String(length=100), nullable=False),
        sa.Column("affiliation_values", sa.String(length=1000), nullable=False),
        sa.Column("required", sa.Boolean(), nullable=False),
        sa.Column("proposed_by", sa.String(length=32), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.String(length=32), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_sign_on_connection_organisation_id")
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_sign_on_connection_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_on_connection")),
    )
    with op.batch_alter_table("sign_on_connection", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sign_on_connection_organisation_id"), ["organisation_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_sign_on_connection_tenant_id"), ["tenant_id"], unique=False)
    for name in ("active", "proposed"):
        only = sa.text(f"state = '{name}'")
        op.create_index(
            f"ix_sign_on_one_{name}",
            "sign_on_connection",
            ["organisation_id"],
            unique=True,
            sqlite_where=only,
            postgresql_where=only,
        )

    op.create_table(
        "sign_on_link",
        sa.Column("subject", sa.LargeBinary(length=32), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("organisation_id", sa.String(length=32), nullable=False),
        sa.Column("account_id", sa.String(length=32), nullable=False),
        sa.Column("issuer", sa.String(length=300), nullable=False),
        sa.Column("way", sa.String(length=12), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_sign_on_link_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_sign_on_link_organisation_id")),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_sign_on_link")),
        sa.UniqueConstraint("account_id", name=op.f("uq_sign_on_link_account_id")),
        sa.UniqueConstraint("id", name=op.f("uq_sign_on_link_id")),
    )
    with op.batch_alter_table("sign_on_link", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sign_on_link_organisation_id"), ["organisation_id"], unique=False)

    with op.batch_alter_table("signed_in", schema=None) as batch_op:
        batch_op.add_column(sa.Column("link_id", sa.String(length=32), nullable=True))
        batch_op.add_column(sa.Column("provider_session", sa.LargeBinary(length=32), nullable=True))
        batch_op.create_index(batch_op.f("ix_signed_in_link_id"), ["link_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_signed_in_provider_session"), ["provider_session"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("signed_in", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_signed_in_provider_session"))
        batch_op.drop_index(batch_op.f("ix_signed_in_link_id"))
        batch_op.drop_column("provider_session")
        batch_op.drop_column("link_id")

    for table in ("sign_on_link", "sign_on_connection", "sign_on_spent", "sign_on_attempt"):
        op.drop_table(table)
