"""What has ended is rendered apart from all else, one text after the other."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from app.extensions import db
from app.models import Message
from app.providers import Text
from app.replies import generation
from tests.support.cast import Cast
from tests.support.harness import Harness


class Watched:
    """Runs what is put off, and sees how many run at once."""

    def __init__(self) -> None:
        self.running = 0
        self.most = 0

    def __call__(self, function: Callable[..., Any], *args: Any) -> Any:
        self.running += 1
        self.most = max(self.most, self.running)
        time.sleep(0.01)  # what would run at the same time gets the chance
        self.running -= 1
        return function(*args)


def test_answers_that_end_together_are_rendered_in_turn(harness: Harness, cast: Cast) -> None:
    places = [harness.database.conversation(cast.olive) for _ in range(4)]
    keys = [harness.answered(where, cast.olive, Text("*Hi*")).message_id for where in places]
    harness.runtime.offload = watched = Watched()

    def conclude(key: int) -> None:
        with harness.app.app_context():
            generation.conclude(key)

    with ThreadPoolExecutor(len(keys)) as pool:
        list(pool.map(conclude, keys))

    assert watched.most == 1
    assert all(
        harness.database.read(lambda key=key: _html(key)) == "<p><em>Hi</em></p>\n" for key in keys
    )


def _html(key: int) -> str | None:
    return db.session.get_one(Message, key).content_html
