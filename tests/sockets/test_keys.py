"""A client's own name for a question, by which it may be sent again."""

from __future__ import annotations

import pytest

from tests.support.cast import Cast
from tests.support.harness import Harness


@pytest.mark.parametrize("key", ["k", "k" * 64, " ", ""])
def test_a_question_sent_twice_with_the_same_key_is_stored_once(
    harness: Harness, cast: Cast, conversation: str, key: str
) -> None:
    max = harness.reader(cast.max, conversation)
    question = {"conversation": conversation, "content": "Hi", "key": key}
    first = max.ask("send", question)
    max.received()

    assert max.ask("send", question) == first

    assert max.received() == []
    assert len(harness.database.messages(conversation)) == 2
    assert len(harness.later) == 1
