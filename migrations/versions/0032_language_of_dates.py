"""The language of dates, for each account."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"


def upgrade() -> None:
    op.add_column("user_account", sa.Column("date_language", sa.String(12)))


def downgrade() -> None:
    op.drop_column("user_account", "date_language")
