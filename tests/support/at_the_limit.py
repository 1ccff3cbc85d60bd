"""Somebody asks at the same moment in two conversations, by two processes, near their limit."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from app import create_app, replies
from app.errors import Forbidden
from app.extensions import db
from app.models import Status, User
from app.models.model_use import Sums, month_of
from app.providers import Text, Usage
from app.replies.generation import add_event, conclude
from tests.support.cast import Cast
from tests.support.harness import Harness

LIMIT = "100 tokens"
USED_BY_EACH = 60


def check_that_it_is_kept(harness: Harness, cast: Cast) -> None:
    """Both are answered while something is left, each answer counts once whoever concludes it, and
    then both are refused."""
    other = Harness(create_app(harness.app.extensions["config"]))
    user = harness.user(cast.max)
    harness.database.write(lambda: _set_limit(user))
    here = [harness.key(harness.database.conversation(cast.max)) for _ in range(2)]
    processes = (harness, other)

    def ask(number: int) -> str:
        with processes[number].app.app_context():
            try:
                return replies.ask(here[number], user, "And?", None)["reply"]
            except Forbidden as error:
                return error.sentence
            finally:
                db.session.remove()

    def conclude_one(number: int) -> None:
        with processes[number % 2].app.app_context():
            conclude(ended[number // 2])
            db.session.remove()

    with ThreadPoolExecutor(4) as pool:
        ended = [_ended(harness, reply) for reply in pool.map(ask, range(2))]
        list(pool.map(conclude_one, range(4)))
        used = harness.database.read(lambda: month_of(user))
        assert used == Sums(2, 2 * USED_BY_EACH, 0, 0, 2)
        refused = list(pool.map(ask, range(2)))
    assert [each.partition(" limit of ")[2][: len(LIMIT)] for each in refused] == [LIMIT] * 2
    with other.app.app_context():
        db.engine.dispose()


def _ended(harness: Harness, reply: str) -> int:
    answer = harness.prepare(harness.message_key(reply))
    for piece in (Text("Yes."), Usage(USED_BY_EACH, 0)):
        add_event(answer, piece)
    answer.end(Status.COMPLETE)
    harness.flush()
    return answer.message_id


def _set_limit(user: int) -> None:
    db.session.get_one(User, user).monthly_limit = LIMIT
