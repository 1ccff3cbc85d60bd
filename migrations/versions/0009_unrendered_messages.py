"""Add an index of the messages that don't stream and whose HTML is not stored."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

UNRENDERED = sa.text("content_html IS NULL AND status <> 'streaming'")


def upgrade() -> None:
    op.create_index(
        "unrendered_messages",
        "message",
        ["id"],
        sqlite_where=UNRENDERED,
        postgresql_where=UNRENDERED,
    )


def downgrade() -> None:
    op.drop_index("unrendered_messages", table_name="message")
