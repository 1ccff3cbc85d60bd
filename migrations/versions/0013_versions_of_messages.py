"""Versions of questions and answers: those that were replaced are kept, and hidden.

What an earlier version of the server removed is gone; every message that there is, is the only
version of itself, and is shown.
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

STREAMING = sa.text("status = 'streaming'")
SHOWN_STREAMING = sa.text("status = 'streaming' AND hidden_with IS NULL")
ONE_STREAMING = "one_streaming_answer_per_conversation"
REFERENCES = {"hidden_with": "hidden_messages", "version_of": "later_versions"}
COUNTS = ("version", "versions")


def upgrade() -> None:
    for name, index in REFERENCES.items():
        op.add_column("message", sa.Column(name, sa.Integer(), nullable=True))
        present = sa.text(f"{name} IS NOT NULL")
        op.create_index(index, "message", [name], sqlite_where=present, postgresql_where=present)
    for name in COUNTS:
        column = sa.Column(name, sa.Integer(), nullable=False, server_default="1")
        op.add_column("message", column)
    _one_streaming(SHOWN_STREAMING)
    op.create_index(
        "streaming_messages", "message", ["id"], sqlite_where=STREAMING, postgresql_where=STREAMING
    )


def downgrade() -> None:
    """Remove what is hidden, as an earlier version of the server would have done at once."""
    hidden = "(SELECT id FROM message WHERE hidden_with IS NOT NULL)"
    for table in ("entry", "search_text"):
        op.execute(f"DELETE FROM {table} WHERE message_id IN {hidden}")
    op.execute("UPDATE message SET version_of = NULL WHERE hidden_with IS NULL")
    op.execute("DELETE FROM message WHERE hidden_with IS NOT NULL")
    op.drop_index("streaming_messages", "message")
    _one_streaming(STREAMING)
    for name, index in REFERENCES.items():
        op.drop_index(index, "message")
        op.drop_column("message", name)
    for name in COUNTS:
        op.drop_column("message", name)


def _one_streaming(where: sa.TextClause) -> None:
    op.drop_index(ONE_STREAMING, "message")
    op.create_index(
        ONE_STREAMING,
        "message",
        ["conversation_id"],
        unique=True,
        sqlite_where=where,
        postgresql_where=where,
    )
