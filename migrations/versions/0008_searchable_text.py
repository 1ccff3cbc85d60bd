"""Searchable text: the folded text of titles and messages, with an index of trigrams."""

import logging
import unicodedata

import regex
import sqlalchemy as sa
from alembic import op
from sqlalchemy.exc import DBAPIError

revision = "0008"
down_revision = "0007"

INDEXED_LENGTH = 100_000  # characters
IGNORABLE = regex.compile(r"\p{Default_Ignorable_Code_Point}+")
BATCH = 100  # of the longest messages these are 40 MB

FOR_SQLITE = (
    "CREATE VIRTUAL TABLE search_index USING fts5(folded, content='', columnsize=0, detail=none,"
    " tokenize='trigram case_sensitive 1')",
    "CREATE TRIGGER search_index_insert AFTER INSERT ON search_text BEGIN"
    " INSERT INTO search_index(rowid, folded) VALUES (new.id, new.folded); END",
    "CREATE TRIGGER search_index_delete AFTER DELETE ON search_text BEGIN"
    " INSERT INTO search_index(search_index, rowid, folded)"
    " VALUES ('delete', old.id, old.folded); END",
)
logger = logging.getLogger("alembic")


def upgrade() -> None:
    op.create_table(
        "search_text",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("conversation_id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=True),
        sa.Column("folded", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("message_id"),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("search_text", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_search_text_conversation_id"), ["conversation_id"])
    if op.get_bind().dialect.name == "sqlite":
        for statement in FOR_SQLITE:
            op.execute(statement)
        _fill()
    else:
        _fill()
        _create_trigram_index()


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE search_index")
    op.drop_table("search_text")


def _create_trigram_index() -> None:
    """Without the extension a search reads all of a user's messages; it finds the same."""
    try:
        with op.get_bind().begin_nested():
            op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    except DBAPIError:
        logger.warning("The extension pg_trgm can't be created: searches have no index.")
        return
    op.execute("CREATE INDEX search_index ON search_text USING gin (folded gin_trgm_ops)")


def _fill() -> None:
    conversation = sa.table("conversation", sa.column("id"), sa.column("title"))
    columns = ("id", "conversation_id", "content")
    message = sa.table("message", *map(sa.column, columns))
    _copy(conversation.c.id, sa.null(), conversation.c.id, conversation.c.title)
    content = sa.func.substr(message.c.content, 1, INDEXED_LENGTH)
    _copy(message.c.conversation_id, message.c.id, message.c.id, content)


def _copy(
    conversation_id: sa.ColumnElement,
    message_id: sa.ColumnElement,
    key: sa.ColumnElement,
    content: sa.ColumnElement,
) -> None:
    """Fold texts in batches, in the order of their keys."""
    target = sa.table("search_text", *map(sa.column, ("conversation_id", "message_id", "folded")))
    last = 0
    while True:
        batch = (
            sa.select(conversation_id, message_id, key, content)
            .where(key > last)
            .order_by(key)
            .limit(BATCH)
        )
        rows = op.get_bind().execute(batch).all()
        if not rows:
            return
        last = rows[-1][2]
        values = [
            {"conversation_id": row[0], "message_id": row[1], "folded": _fold(row[3])}
            for row in rows
            if row[3].strip()
        ]
        if values:
            op.get_bind().execute(target.insert(), values)


def _fold(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    folded = IGNORABLE.sub("", folded)
    return unicodedata.normalize("NFKC", folded).replace("\0", "")[:INDEXED_LENGTH]
