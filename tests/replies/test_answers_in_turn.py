"""Whatever happens in between, each model that a message asks answers it once, in its turn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from app.extensions import db
from app.models import Message, Role
from app.providers import Text
from app.replies import generation
from app.replies.leases import LeaseKeeper
from tests.support.cast import Cast
from tests.support.harness import Harness

ASKS = [[], ["demo"], ["other"], ["demo", "other"], ["other", "demo"], None]


class Talk:
    """A conversation in which anything happens."""

    def __init__(self, harness: Harness, cast: Cast) -> None:
        self.harness = harness
        self.conversation = harness.database.conversation(cast.olive, cast.max)
        self.key = harness.key(self.conversation)
        self.people = [harness.reader(cast.olive), harness.reader(cast.max)]
        self.keeper = LeaseKeeper(harness.runtime.group_commit, 1e9)
        harness.later.clear()

    def send(self, who: int, asks: Any, **_: Any) -> None:
        self._ask(who, "send", conversation=self.conversation, content="Why?", asks=asks)

    def edit(self, who: int, asks: Any, nth: int) -> None:
        if questions := self._of(Role.USER):
            question = questions[nth % len(questions)]
            self._ask(who, "edit", id=question.public_id, content="How?", asks=asks)

    def retry(self, who: int, **_: Any) -> None:
        if answers := self._of(Role.ASSISTANT):
            self._ask(who, "retry", id=answers[-1].public_id)

    def choose(self, who: int, nth: int, **_: Any) -> None:
        if versioned := [each for each in self._shown if each.versions > 1]:
            message = versioned[nth % len(versioned)]
            version = 1 + nth % message.versions
            self._ask(who, "choose", id=message.public_id, version=version)

    def stop(self, who: int, **_: Any) -> None:
        if streaming := self._streaming:
            self._ask(who, "stop", id=streaming.public_id)
            self.settle()

    def finish(self, **_: Any) -> None:
        """The answer that streams ends, and what follows is done."""
        if ended := self._end():
            generation.conclude(ended)
            self.settle()

    def crash(self, **_: Any) -> None:
        """It ends, and its process does so before it does what follows."""
        self._end()
        self.harness.later.clear()

    def sweep(self, **_: Any) -> None:
        """Another process looks for waiting questions."""
        self.keeper.look()

    def settle(self) -> None:
        while self.harness.later:
            task, args = self.harness.later.popleft()
            if task is generation.conclude:
                generation.conclude(*args)

    def drain(self) -> None:
        """Let everything that is shown end."""
        self.sweep()
        while self._streaming:
            self.finish()
            self.sweep()

    def check(self) -> None:
        """Check what must be true at any moment."""
        shown = self._shown
        assert sum(each.is_streaming for each in shown) <= 1
        ids = {each.id for each in shown}
        for answer in shown:
            assert answer.question_id is None or answer.question_id in ids
        firsts = self._firsts
        for question in (each for each in shown if each.role == Role.USER):
            models = [each.model for each in firsts if each.question_id == question.id]
            assert models == self._asked(question)[: len(models)]
            answers = [each for each in shown if each.question_id == question.id]
            assert len(answers) <= len(models)

    def check_end(self) -> None:
        """Check what must be true when nothing happens any more."""
        firsts = self._firsts
        for question in self._of(Role.USER):
            assert not question.waiting
            models = [each.model for each in firsts if each.question_id == question.id]
            assert models == self._asked(question), "each has answered once, in its turn"

    def _end(self) -> int | None:
        streaming = self._streaming
        if streaming is None:
            return None
        answer = self.harness.runtime.group_commit.answers.get(streaming.id)
        answer = answer or self.harness.prepare(streaming.id)
        generation.add_event(answer, Text("So."))
        answer.end(generation.Status.COMPLETE)
        self.harness.flush()
        return streaming.id

    def _ask(self, who: int, name: str, **payload: Any) -> None:
        ack = self.people[who].ask(name, payload)
        event(f"{name}: {ack.get('error', 'ok')}")
        assert ack["ok"] or ack["error"] == "conflict", ack

    def _asked(self, question: Message) -> list[str]:
        return ["demo"] if question.asks is None else list(question.asks)

    @property
    def _firsts(self) -> list[Message]:
        """Return the first versions of all answers, shown or not."""
        mine = (Message.conversation_id == self.key) & (Message.version == 1)
        return self._rows(db.select(Message).where(mine).order_by(Message.id))

    @property
    def _streaming(self) -> Message | None:
        return next((each for each in self._shown if each.is_streaming), None)

    def _of(self, role: Role) -> list[Message]:
        return [each for each in self._shown if each.role == role]

    @property
    def _shown(self) -> list[Message]:
        mine = (Message.conversation_id == self.key) & Message.is_shown()
        return self._rows(db.select(Message).where(mine).order_by(Message.position))

    def _rows(self, found: Any) -> list[Message]:
        def work() -> list[Message]:
            rows = list(db.session.scalars(found))
            db.session.expunge_all()
            return rows

        return self.harness.database.read(work)


STEPS: list[Callable[..., None]] = [
    *(Talk.send, Talk.edit, Talk.retry, Talk.choose),
    *(Talk.stop, Talk.finish, Talk.crash, Talk.sweep),
]
ARGUMENTS = st.fixed_dictionaries(
    {"who": st.integers(0, 1), "asks": st.sampled_from(ASKS), "nth": st.integers(0, 6)}
)


@pytest.mark.timeout(600)
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(st.tuples(st.sampled_from(STEPS), ARGUMENTS), min_size=4, max_size=14))
def test_each_model_that_is_asked_answers_once(
    harness: Harness, cast: Cast, steps: list[tuple[Callable[..., None], dict[str, Any]]]
) -> None:
    talk = Talk(harness, cast)
    for step, arguments in steps:
        step(talk, **arguments)
        talk.check()
    talk.drain()
    talk.check()
    talk.check_end()
