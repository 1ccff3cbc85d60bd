"""Which model has answered in the place of the one that was asked."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0019"


def upgrade() -> None:
    op.add_column("message", sa.Column("answered_by", sa.String(200), nullable=True))


def downgrade() -> None:
    op.drop_column("message", "answered_by")
