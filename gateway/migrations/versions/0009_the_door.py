"""the door: a second person, the way it was delivered, what the judge was asked

Revision: 0009, after 0008.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # SQLite counts no length, and would copy the table: with what hangs under it, gone by its foreign keys.
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("document_version", "verdict", type_=sa.Text())

    with op.batch_alter_table("verstrekking", schema=None) as batch_op:
        batch_op.add_column(sa.Column("details", sa.LargeBinary(), nullable=True))
        batch_op.add_column(sa.Column("state", sa.String(length=12), server_default="open", nullable=False))
        batch_op.add_column(sa.Column("decided_by", sa.String(length=32), nullable=True))
        batch_op.add_column(sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("printed_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("printed_pages", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table("verstrekking_document", schema=None) as batch_op:
        batch_op.add_column(sa.Column("article", sa.String(length=12), nullable=True))
        batch_op.add_column(sa.Column("facts", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("verstrekking_document", schema=None) as batch_op:
        batch_op.drop_column("facts")
        batch_op.drop_column("article")

    with op.batch_alter_table("verstrekking", schema=None) as batch_op:
        for column in ("failed_at", "printed_pages", "printed_at", "decided_at", "decided_by", "state", "details"):
            batch_op.drop_column(column)

    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("document_version", "verdict", type_=sa.String(length=300))
