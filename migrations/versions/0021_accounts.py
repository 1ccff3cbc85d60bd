"""Accounts that are deleted."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0019"


def upgrade() -> None:
    deleted_at = sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True)
    op.add_column("user_account", deleted_at)


def downgrade() -> None:
    op.drop_column("user_account", "deleted_at")
