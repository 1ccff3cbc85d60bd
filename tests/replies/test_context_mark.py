"""The mark from which on a conversation is sent to its models; its places are tested elsewhere."""

from __future__ import annotations

from app.replies.context_mark import move_mark
from tests.support.harness import Harness


def test_an_answer_that_has_gone_moves_no_mark(harness: Harness, conversation: str) -> None:
    with harness.app.app_context():
        move_mark(999_999, 3)
