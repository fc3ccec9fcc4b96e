"""a change of school ahead of its day; which account is which guardian

Revision: 0014, after 0013.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


COLUMNS = (
    ("dossier", sa.Column("moves_to", sa.String(length=32), nullable=True)),
    ("dossier", sa.Column("moves_on", sa.Date(), nullable=True)),
    # Names are sealed: which of these is whom, `keys migrate` looks up once (gateway.dossiers.linking.adopt_all).
    ("dossier_person", sa.Column("guardian_id", sa.String(length=32), nullable=True)),
    ("court_order", sa.Column("guardian_id", sa.String(length=32), nullable=True)),
)


def upgrade() -> None:
    for table, column in COLUMNS:
        op.add_column(table, column)


def downgrade() -> None:
    # Not in a batch: that makes the table anew, and dropping the old one takes all that hangs under it along.
    for table, column in reversed(COLUMNS):
        op.execute(f"ALTER TABLE {table} DROP COLUMN {column.name}")
