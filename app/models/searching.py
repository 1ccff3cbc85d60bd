"""A person's search in the titles and messages of their own conversations.

The statements run beside the event loop, few at a time, and not longer than SEARCH_SECONDS.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from threading import Semaphore
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Row,
    Select,
    case,
    cast,
    column,
    func,
    select,
    table,
)
from sqlalchemy.orm import aliased

from app.database import release
from app.errors import Unavailable
from app.models.conversation import Conversation
from app.models.listing import Listing, listing_of, newest_first
from app.models.marking import Part, mark, snippet
from app.models.message import Message
from app.models.paging import PAGE_MESSAGES, Place, page_with
from app.models.search_text import INDEX, INDEXED_LENGTH, SearchText, fold
from app.models.timed_reading import TookTooLong, read_within
from app.slots import slot_of
from app.text import plain_line

SEARCH_SECONDS = 2.0
QUEUE_SECONDS = 10.0
TOO_LONG = "The search took too long. Try other words."
TOO_MANY = "Too many people are searching at this moment. Please try again."
TRIGRAM = 3
WINDOW_BEFORE, WINDOW = 400, 1000  # characters that are read around a hit
WORDS = re.compile(r'"([^"]+)"|(\S+)')

_slots = Semaphore(2)


class Hit(NamedTuple):
    """Where a conversation has the words. Without a `message_id` they are in its title alone.

    `before` is the position that selects a page with the message; None for the latest page. With
    `is_hidden` they are only in versions that are not shown, of which this is one.
    """

    title: list[Part]
    message_id: str | None = None
    before: int | None = None
    snippet: Sequence[Part] = ()
    is_hidden: bool = False


class Results(NamedTuple):
    """A page of conversations, and the hit in each, by its key."""

    listing: Listing
    hits: dict[int, Hit]


class _Found(NamedTuple):
    """What the statements return, by conversation or in order."""

    conversations: Sequence[Row[int, int | None]]
    messages: Sequence[Row[Any]]
    places: dict[int, list[Place]]


def search(user_id: int, query: str, before: str | None = None) -> Results:
    """Return a page of a user's conversations that have all words in one message or in the title.

    Words in quotation marks are sought as they stand. Raises Unavailable where it takes too long
    or too many others are searching, Invalid for a malformed page token.
    """
    words = words_of(query)
    if not words:
        return Results(Listing([], None), {})
    found = _in_a_slot(lambda connection: _find(connection, user_id, words, before))
    keys = [row.id for row in found.conversations]
    listing = listing_of(user_id, keys)
    titles = {
        listed.conversation.id: Hit(mark(listed.conversation.title, words))
        for listed in listing.conversations
    }
    return Results(listing, titles | dict(_message_hits(found, titles, words)))


def words_of(query: str) -> list[str]:
    """Return what is sought, folded: the words of a query, and what it has in quotation marks."""
    folded = [fold(phrase or word) for phrase, word in WORDS.findall(query)]
    return list(dict.fromkeys(word for word in folded if word.strip()))


def _in_a_slot(work: Callable[[Connection], _Found]) -> _Found:
    release()
    with slot_of(_slots, QUEUE_SECONDS, Unavailable(TOO_MANY, retry_after=QUEUE_SECONDS)):
        try:
            return read_within(SEARCH_SECONDS, work)
        except TookTooLong as error:
            raise Unavailable(TOO_LONG) from error


def _find(connection: Connection, user_id: int, words: list[str], before: str | None) -> _Found:
    sqlite = connection.dialect.name == "sqlite"
    conversations = connection.execute(_conversations(user_id, words, before, sqlite)).all()
    message_ids = [row.message_id for row in conversations if row.message_id is not None]
    if not message_ids:
        return _Found(conversations, [], {})
    messages = connection.execute(_messages(message_ids, words[0], sqlite)).all()
    following = connection.execute(_following(message_ids))
    places = {
        key: [Place(row.position, row.size) for row in rows]
        for key, rows in groupby(following, lambda row: row.conversation_id)
    }
    return _Found(conversations, messages, places)


def _conversations(
    user_id: int, words: Sequence[str], before: str | None, sqlite: bool
) -> Select[Any]:
    """Select a page of conversations, with the first message in each that has all the words; one
    that is not shown where no other has them."""
    shown = case((Message.is_shown(), SearchText.message_id))
    first = func.coalesce(func.min(shown), func.min(SearchText.message_id))
    found = (
        newest_first(select(Conversation.id), user_id, before)
        .add_columns(first.label("message_id"))
        .join(SearchText, SearchText.conversation_id == Conversation.id)
        .outerjoin(Message, Message.id == SearchText.message_id)
        .group_by(Conversation.id, Conversation.updated_at)
    )
    trigrams = {word[at : at + TRIGRAM] for word in words for at in range(len(word) - TRIGRAM + 1)}
    if sqlite and trigrams:
        key = SearchText.id + 0  # of the user's texts those: not these, in each conversation
        found = found.where(key.in_(_with_all(sorted(trigrams))))
    return found.where(*(_contains(word, sqlite) for word in words))


def _contains(word: str, sqlite: bool) -> ColumnElement[bool]:
    if sqlite:
        return func.instr(SearchText.folded, word) > 0
    return SearchText.folded.contains(word, autoescape=True)  # what pg_trgm's index understands


def _with_all(trigrams: Sequence[str]) -> Select[int]:
    """Select from SQLite's index the texts that have all these trigrams, wherever they are."""
    index = table(INDEX, column("rowid"), column(INDEX))
    quoted = ('"' + trigram.replace('"', '""') + '"' for trigram in trigrams)
    return select(index.c.rowid).where(index.c[INDEX].op("MATCH")(" AND ".join(quoted)))


def _messages(message_ids: Sequence[int], word: str, sqlite: bool) -> Select[Any]:
    """Select where these messages are, and what they say around a word.

    A text and its folded form may differ in length: the word is about where it would be if they
    differed evenly. `folded_window` has it in any case.
    """
    at = (func.instr if sqlite else func.strpos)(SearchText.folded, word, type_=Integer)
    indexed = func.substr(Message.content, 1, INDEXED_LENGTH)
    ratio = func.length(indexed) * 1.0 / func.length(SearchText.folded)
    start = _at_least_1(cast(at * ratio, Integer) - WINDOW_BEFORE)
    folded_start = _at_least_1(at - WINDOW_BEFORE)
    return (
        select(
            Message.conversation_id,
            Message.public_id,
            Message.position,
            Message.is_shown().label("is_shown"),
            Conversation.position.label("last_position"),
            start.label("start"),
            func.substr(Message.content, start, WINDOW).label("window"),
            folded_start.label("folded_start"),
            func.substr(SearchText.folded, folded_start, WINDOW).label("folded_window"),
        )
        .join(Conversation, Conversation.id == Message.conversation_id)
        .join(SearchText, SearchText.message_id == Message.id)
        .where(Message.id.in_(message_ids))
    )


def _at_least_1(number: ColumnElement[int]) -> ColumnElement[int]:
    return case((number < 1, 1), else_=number)


def _following(message_ids: Sequence[int]) -> Select[int, int, int]:
    """Select the positions and sizes of these messages and of those that follow them."""
    hit = aliased(Message)
    return (
        select(Message.conversation_id, Message.position, Message.size)
        .join(hit, hit.conversation_id == Message.conversation_id)
        .where(
            hit.id.in_(message_ids),
            hit.hidden_with.is_(None),
            Message.is_shown(),
            Message.position.between(hit.position, hit.position + PAGE_MESSAGES),
        )
        .order_by(Message.conversation_id, Message.position)
    )


def _page_with(row: Row[Any], places: dict[int, list[Place]]) -> int | None:
    return page_with(places[row.conversation_id], row.last_position) if row.is_shown else None


def _message_hits(
    found: _Found, titles: dict[int, Hit], words: Sequence[str]
) -> Iterator[tuple[int, Hit]]:
    for row in found.messages:
        if row.conversation_id in titles:
            yield (
                row.conversation_id,
                titles[row.conversation_id]._replace(
                    message_id=row.public_id,
                    before=_page_with(row, found.places),
                    snippet=_snippet(row, words),
                    is_hidden=not row.is_shown,
                ),
            )


def _snippet(row: Row[Any], words: Sequence[str]) -> list[Part]:
    """Return a snippet without the marks of Markdown, or with them if the hit is among these."""
    is_beginning = row.start == 1
    return (
        snippet(plain_line(row.window), words, is_beginning)
        or snippet(row.window, words, is_beginning)
        or snippet(row.folded_window, words, row.folded_start == 1)
    )
