"""counts that stay of destroyed dossiers

Revision: 0037, after 0036.
"""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "afterlife_year",
        sa.Column("tenant_id", sa.String(length=32), nullable=False),
        sa.Column("school_year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("whole", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_afterlife_year_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "school_year", name=op.f("pk_afterlife_year")),
    )


def downgrade() -> None:
    op.drop_table("afterlife_year")
