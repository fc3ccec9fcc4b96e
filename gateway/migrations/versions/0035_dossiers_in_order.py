"""dossiers of a tenant in the order of their ids

Revision: 0035, after 0034.
"""

from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_dossier_tenant_id_id", "dossier", ["tenant_id", "id"], unique=False)
    op.drop_index("ix_dossier_tenant_id", table_name="dossier")


def downgrade() -> None:
    op.create_index("ix_dossier_tenant_id", "dossier", ["tenant_id"], unique=False)
    op.drop_index("ix_dossier_tenant_id_id", table_name="dossier")
