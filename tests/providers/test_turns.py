from __future__ import annotations

import pytest

from app.providers import Turn
from app.providers.turns import as_messages, newest, newest_share

TALK = [Turn("user", "a" * 10), Turn("assistant", "b" * 10), Turn("user", "c" * 10)]


@pytest.mark.parametrize(
    ("turns", "messages"),
    [
        ("u:Why? a:Because. u:Well?", "u:Why? a:Because. u:Well?"),
        ("u:Why? u:Well?", "u:Why?\n\nWell?"),
        ("u:Why? a: u:Well?", "u:Why?\n\nWell?"),
        ("u: u:Why? a: a:So. a:And_so.", "u:Why? a:So.\n\nAnd_so."),
    ],
)
def test_messages_are_not_blank_and_roles_alternate(turns: str, messages: str) -> None:
    sent = [{"role": each.role, "content": each.content} for each in parsed(messages)]
    assert as_messages(parsed(turns)) == sent


def parsed(text: str) -> list[Turn]:
    """Return the turns that a text like `u:Why? a:So.` lists."""
    turns = [each.partition(":") for each in text.split(" ")]
    return [Turn("user" if role == "u" else "assistant", content) for role, _, content in turns]


@pytest.mark.parametrize(
    ("share", "kept"), [(1, 5), (0.99, 3), (0.6, 3), (0.59, 1), (0.3, 1), (0, 1)]
)
def test_a_share_of_the_newest_turns_starts_with_a_question(share: float, kept: int) -> None:
    talk = [*TALK, Turn("assistant", "d" * 10), Turn("user", "e" * 10)]
    assert newest_share(talk, share) == talk[-kept:]


def test_the_newest_turns_that_fit_are_kept() -> None:
    assert newest(TALK, 30) == TALK
    assert newest(TALK, 29) == TALK[1:]
    assert newest(TALK, 19) == TALK[2:]
    assert newest(TALK, 4) == [Turn("user", "cccc")]
