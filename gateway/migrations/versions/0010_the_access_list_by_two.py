"""the access list by two people, with its history, break-glass and sealed registrations

Revision: 0010, after 0009.

Entries of before stood by one person's word. They stay, as approved by nobody known: the yearly look is due at once.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    entry = sa.table("access_entry", sa.column("register_number"), sa.column("state"))
    clear = sa.select(sa.func.count()).select_from(entry).where(entry.c.register_number.is_not(None))
    if op.get_bind().execute(clear).scalar():
        # No screen of any version ever filled this column; whoever did by hand must take the number out first.
        raise RuntimeError("access_entry.register_number holds clear numbers: note them elsewhere, and empty it")
    with op.batch_alter_table("access_entry", schema=None) as batch_op:
        batch_op.drop_column("register_number")
    with op.batch_alter_table("access_entry", schema=None) as batch_op:
        batch_op.add_column(sa.Column("register_number", sa.LargeBinary(), nullable=True))
        batch_op.add_column(sa.Column("kind", sa.String(length=12), server_default="listed", nullable=False))
        batch_op.add_column(sa.Column("state", sa.String(length=10), server_default="proposed", nullable=False))
        batch_op.add_column(sa.Column("version", sa.Integer(), server_default="1", nullable=False))
        batch_op.add_column(sa.Column("replaces_id", sa.String(length=32), nullable=True))
        batch_op.add_column(sa.Column("decided_by", sa.String(length=32), nullable=True))
        batch_op.add_column(sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("reviewed_by", sa.String(length=32), nullable=True))
        batch_op.add_column(sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("warned_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("closes_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("guardians_due", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("guardians_told_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index(batch_op.f("ix_access_entry_replaces_id"), ["replaces_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_access_entry_guardians_due"), ["guardians_due"], unique=False)
    op.execute(entry.update().values(state="approved"))

    op.create_table(
        "access_change",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("tenant_id", sa.String(length=32), nullable=False),
        sa.Column("entry_id", sa.String(length=32), nullable=False),
        sa.Column("account_id", sa.String(length=32), nullable=False),
        sa.Column("what", sa.String(length=12), nullable=False),
        sa.Column("made_by", sa.String(length=32), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("details", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["access_entry.id"], name=op.f("fk_access_change_entry_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_access_change_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_change")),
    )
    with op.batch_alter_table("access_change", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_access_change_entry_id"), ["entry_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_access_change_made_at"), ["made_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_access_change_tenant_id"), ["tenant_id"], unique=False)

    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.add_column(sa.Column("successor_id", sa.String(length=32), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.drop_column("successor_id")
    op.drop_table("access_change")
    with op.batch_alter_table("access_entry", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_access_entry_guardians_due"))
        batch_op.drop_index(batch_op.f("ix_access_entry_replaces_id"))
        for name in (
            "guardians_told_at",
            "guardians_due",
            "closes_at",
            "warned_at",
            "ended_at",
            "reviewed_at",
            "reviewed_by",
            "decided_at",
            "decided_by",
            "replaces_id",
            "version",
            "state",
            "kind",
            "register_number",
        ):
            batch_op.drop_column(name)
        batch_op.add_column(sa.Column("register_number", sa.String(length=20), nullable=True))
