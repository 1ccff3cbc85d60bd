"""Somebody finds their conversations by what their titles and messages say."""

from __future__ import annotations

import pytest

from app.models.listing import PAGE_CONVERSATIONS, conversations_of
from tests.support.cast import Cast, Person
from tests.support.harness import Harness


def found(harness: Harness, person: Person, words: str, before: str | None = None) -> list[str]:
    user_id = harness.user(person)

    def titles() -> list[str]:
        listing = conversations_of(user_id, before, words)
        return [conversation.title for conversation in listing.conversations]

    return harness.database.read(titles)


@pytest.fixture
def talk(harness: Harness, cast: Cast) -> str:
    """A conversation of Olive's, of another title than what is said in it."""
    where = harness.database.conversation(cast.olive, title="On bread")
    harness.ask(where, cast.olive, "Why does 100% rye not rise?")
    return where


@pytest.mark.parametrize("words", ["bread", "BREAD", "on bre", "rye", "100% rye", "does"])
def test_a_search_matches_titles_and_messages(
    harness: Harness, cast: Cast, conversation: str, talk: str, words: str
) -> None:
    assert found(harness, cast.olive, words) == ["On bread"]


@pytest.mark.parametrize("words", ["wheat", "100%%", "r_e", "rye\\", "bread\0x"])
def test_wildcards_are_searched_literally(
    harness: Harness, cast: Cast, conversation: str, talk: str, words: str
) -> None:
    assert found(harness, cast.olive, words) == []


def test_a_search_finds_only_own_conversations(
    harness: Harness, cast: Cast, conversation: str, talk: str
) -> None:
    assert found(harness, cast.eve, "rye") == []
    assert found(harness, cast.max, "") == ["Tests"]
    assert found(harness, cast.max, "bread") == []


def test_search_results_are_paged(harness: Harness, cast: Cast) -> None:
    for number in range(PAGE_CONVERSATIONS + 2):
        harness.database.conversation(cast.eve, title=f"Tea {number}")
        harness.database.conversation(cast.eve, title=f"Coffee {number}")
    eve = harness.user(cast.eve)

    first = found(harness, cast.eve, "tea")
    cursor = harness.database.read(lambda: conversations_of(eve, None, "tea").next)

    assert len(first) == PAGE_CONVERSATIONS
    assert found(harness, cast.eve, "tea", cursor) == ["Tea 1", "Tea 0"]
