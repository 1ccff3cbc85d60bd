"""What a search looks through: the folded text of every title and every message.

The same folding serves both databases. On SQLite triggers keep `search_index`, an FTS5 table of
trigrams, equal to this table; on PostgreSQL `search_index` is a GIN index with trigrams.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import regex
from sqlalchemy import Connection, ForeignKey, Table, bindparam, delete, event, insert
from sqlalchemy.orm import Mapped, mapped_column

from app.database import NO_SYNC
from app.direct import DirectStatement
from app.extensions import Base, db
from app.models.columns import NEVER_REUSED, Key

# Characters of a message. Its index entry is written in the transaction of its end: beside the
# event loop it would delay other answers as much, since SQLite has one writer at a time.
INDEXED_LENGTH = 100_000
INDEX = "search_index"

# 30 are as many as Unicode's stream-safe format allows; the last two become marks in NFKC.
FLOOD = regex.compile(r"([\p{M}\uff9e\uff9f]{30})[\p{M}\uff9e\uff9f]+")
# What shows nothing: soft hyphens, joiners, variation selectors, marks of direction.
IGNORABLE = regex.compile(r"\p{Default_Ignorable_Code_Point}+")

FOR_SQLITE = (
    # contentless and without positions: small, and quick to write; a search compares the text
    f"CREATE VIRTUAL TABLE {INDEX} USING fts5(folded, content='', columnsize=0, detail=none,"
    " tokenize='trigram case_sensitive 1')",
    f"CREATE TRIGGER {INDEX}_insert AFTER INSERT ON search_text BEGIN"
    f" INSERT INTO {INDEX}(rowid, folded) VALUES (new.id, new.folded); END",
    # there is none for an update: rows of search_text don't change
    f"CREATE TRIGGER {INDEX}_delete AFTER DELETE ON search_text BEGIN"
    f" INSERT INTO {INDEX}({INDEX}, rowid, folded) VALUES ('delete', old.id, old.folded); END",
)
FOR_POSTGRESQL = (
    "CREATE EXTENSION IF NOT EXISTS pg_trgm",
    f"CREATE INDEX {INDEX} ON search_text USING gin (folded gin_trgm_ops)",
)


class Searchable(NamedTuple):
    """A text that can be found; a title has no `message_id`."""

    conversation_id: int
    message_id: int | None
    text: str


class SearchText(Base):
    """The folded text of a message, or of a conversation's title (`message_id` is None)."""

    __tablename__ = "search_text"
    __table_args__ = (NEVER_REUSED,)

    id: Mapped[Key]
    conversation_id: Mapped[int] = mapped_column(
        ForeignKey("conversation.id", ondelete="CASCADE"), index=True
    )
    message_id: Mapped[int | None] = mapped_column(
        ForeignKey("message.id", ondelete="CASCADE"), unique=True
    )
    folded: Mapped[str]


def fold(text: str) -> str:
    """Return a text in the form in which texts are compared: NFKC_Casefold, as Unicode defines it
    (The Unicode Standard, section 3.13: case-folded, in NFKC, without what shows nothing).

    Of a flood of combining marks only the first are kept: sorting them, as NFKC does, takes time by
    the square of their number.
    """
    if text.isascii():
        return text.lower().replace("\0", "")  # the same, five times as fast
    folded = unicodedata.normalize("NFKC", FLOOD.sub(r"\1", text)).casefold()
    folded = IGNORABLE.sub("", folded)
    return unicodedata.normalize("NFKC", folded).replace("\0", "")


def index_title(conversation_id: int, title: str) -> None:
    """Let a conversation be found by its title, no longer by an earlier one."""
    earlier = delete(SearchText).where(
        SearchText.conversation_id == conversation_id, SearchText.message_id.is_(None)
    )
    db.session.execute(earlier, execution_options=NO_SYNC)
    index_texts(db.session.connection(), [Searchable(conversation_id, None, title)])


def index_texts(connection: Connection, texts: Iterable[Searchable]) -> None:
    """Let new texts be found, in the caller's transaction; blank ones can't be.

    Of a long text only the first INDEXED_LENGTH characters are found.
    """
    rows = [_row(searchable) for searchable in texts if searchable.text.strip()]
    if rows:
        INSERT.run_for_each(connection, rows)


def is_described(name: str | None, _kind: str, _parent: Mapping[str, Any]) -> bool:
    """Return whether the models describe this part of the database.

    They don't describe the index and its parts: Alembic must not compare them.
    """
    return not (name or "").startswith(INDEX)


def _row(searchable: Searchable) -> dict[str, Any]:
    conversation_id, message_id, text = searchable
    folded = fold(text[:INDEXED_LENGTH])[:INDEXED_LENGTH]
    return {"conversation_id": conversation_id, "message_id": message_id, "folded": folded}


INSERT = DirectStatement(
    insert(db.metadata.tables["search_text"])
    .values({name: bindparam(name) for name in ("conversation_id", "message_id", "folded")})
    .inline()  # nobody asks for the new keys
)


@event.listens_for(SearchText.__table__, "after_create")
def _create_index(_table: Table, connection: Connection, **_: Any) -> None:
    sqlite = connection.dialect.name == "sqlite"
    for statement in FOR_SQLITE if sqlite else FOR_POSTGRESQL:
        connection.exec_driver_sql(statement)


@event.listens_for(SearchText.__table__, "before_drop")
def _drop_index(_table: Table, connection: Connection, **_: Any) -> None:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"DROP TABLE IF EXISTS {INDEX}")
