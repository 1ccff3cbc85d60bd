"""Forget the HTML of all messages: questions are now shown as typed, answers with more of Markdown.

The server renders them again, some every few seconds, and at once where somebody opens them.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0009"

message = sa.table("message", sa.column("content_html"))


def upgrade() -> None:
    op.execute(message.update().values(content_html=None))


def downgrade() -> None:
    op.execute(message.update().values(content_html=None))
