"""Sign-ins that can be told apart: which browser, and when it was last used."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    browser = sa.Column("browser", sa.String(length=60), server_default="", nullable=False)
    last_used = sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True)
    op.add_column("sign_in", browser)
    op.add_column("sign_in", last_used)


def downgrade() -> None:
    op.drop_column("sign_in", "last_used_at")
    op.drop_column("sign_in", "browser")
