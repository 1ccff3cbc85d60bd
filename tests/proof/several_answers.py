"""Several answers at once by the app's own tasks, on a real database, with readers of each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete

from app import background, database, replies
from app.config import current_config
from app.errors import Unavailable
from app.extensions import db
from app.models import Conversation, Status, ending
from app.providers import Event, Text, Thinking, Turn
from app.rendering.renderer import Renderer
from app.replies import Runtime, commit_failures, generation, group_commit, in_flight, leases
from app.replies.generation import Generation
from app.replies.leases import LeaseKeeper
from app.replies.storing_html import MissingHtml
from app.sockets.control_events import ControlEventHandler
from tests.proof.cooperative import Signal, Tasks, pause
from tests.proof.fault import Fault
from tests.proof.faulty_steps import MARK, FaultySteps
from tests.proof.python_reader import PythonReader
from tests.support.cast import Cast, Person
from tests.support.clock import Clock
from tests.support.database import Stored
from tests.support.harness import Harness
from tests.support.scripted_models import ScriptedModels

BYSTANDERS = 3
PIECES = 4
VICTIM = "What does the victim say?"
LEASE_SECONDS = 15.0


def pieces_for(question: str) -> list[Event]:
    """Return what the model answers; every second answer is long."""
    name = MARK if question == VICTIM else question
    length = 1 if len(question) % 2 else 100
    return [Thinking(f"Hm, {name}."), *(Text(f"*{name}* {n}, " * length) for n in range(PIECES))]


class Stream:
    """One answer, whose model lets the others go on before each piece."""

    def __init__(self, pieces: list[Event], fault: Fault | None) -> None:
        self._pieces = pieces
        self._fault = fault

    def __iter__(self) -> Stream:
        return self

    def __next__(self) -> Event:
        pause()
        self._reach("read the stream")
        if not self._pieces:
            raise StopIteration
        return self._pieces.pop(0)

    def close(self) -> None:
        """Cancel the answer."""
        self._reach("close the stream")

    def _reach(self, step: str) -> None:
        if self._fault:
            self._fault.reach(step)


class Models(ScriptedModels):
    """Models of which one has a fault."""

    def __init__(self, fault: Fault) -> None:
        super().__init__()
        self._fault = fault

    def stream(  # type: ignore[override]
        self, _name: str, turns: Sequence[Turn], *_: object
    ) -> Stream:
        """Answer the last turn."""
        question = turns[-1].content
        fault = self._fault if question == VICTIM else None
        stream = Stream(pieces_for(question), fault)
        stream._reach("open the stream")
        return stream


class Follower:
    """A reader in a socket that follows the protocol."""

    def __init__(self, harness: Harness, person: Person, conversation: str) -> None:
        self._socket = harness.reader(person)
        self._reader = PythonReader(conversation)
        self._has_joined = False

    def follow(self) -> None:
        """Apply what has come, and join again where something is missing."""
        self._take()
        if self._has_joined and not self._reader.must_rejoin:
            return
        ack = self._socket.ask("join", self._reader.joining())
        self._take()
        self._has_joined = bool(ack["ok"])
        if self._has_joined:
            self._reader.joined(ack)

    def _take(self) -> None:
        for name, data in self._socket.received():
            self._reader.take(name, data)

    def shown(self) -> dict[str, dict[str, Any]]:
        """Return what it shows, by message."""
        return self._reader.shown()


class SeveralAnswers:
    """The victim's conversation, where a second question waits, and those of the bystanders."""

    def __init__(
        self, harness: Harness, cast: Cast, fault: Fault, patch: pytest.MonkeyPatch
    ) -> None:
        self.harness = harness
        self.fault = fault
        self.errors: list[BaseException] = []
        self._clock = Clock()
        self._fake_times(patch)
        self._tasks = Tasks(harness.app)
        patch.setattr(harness.app.extensions["background"], "start", self._tasks.start)
        Renderer(harness.app)
        self.runtime = Runtime(harness.app, current_config(), Models(fault))  # type: ignore[arg-type]
        self._keeper = LeaseKeeper(self.runtime.group_commit, LEASE_SECONDS)
        self._missing_html = MissingHtml()
        self._control_events = ControlEventHandler()
        self._control_events.handle_new()
        self.conversations = [
            harness.database.conversation(cast.olive, cast.max) for _ in range(1 + BYSTANDERS)
        ]
        self._followers = {
            (where, person.name): Follower(harness, person, where)
            for where in self.conversations
            for person in (cast.olive, cast.max)
        }
        self._steps = FaultySteps(fault, self.victim_place, patch)

    def _fake_times(self, patch: pytest.MonkeyPatch) -> None:
        for module in (background, commit_failures, database, group_commit, in_flight, leases):
            patch.setattr(module, "time", self._clock)
        patch.setattr(ending, "RENDERING_TIME", timedelta(0))
        prepare = generation.prepare

        def prepare_task(message_id: int) -> Generation | None:
            prepared = prepare(message_id)
            if prepared:
                prepared.answer.finished = Signal()  # type: ignore[assignment]
            return prepared

        patch.setattr(generation, "prepare", prepare_task)

    @property
    def victim_place(self) -> str:
        """Return the conversation of the answer that meets the fault."""
        return self.conversations[0]

    @contextmanager
    def asked(self, asker: Person) -> Iterator[None]:
        """Ask in each conversation, in that of the victim twice."""
        for follower in self._followers.values():
            follower.follow()
        self._steps.install()
        try:
            user = self.harness.user(asker)
            keys = [self.harness.key(where) for where in self.conversations]
            self.victim = replies.ask(keys[0], user, VICTIM, None)["reply"]
            self._steps.answer(self.victim, self.harness.message_key(self.victim))
            for number, key in enumerate(keys):
                replies.ask(key, user, f"Question{'!' * number}", None)
            yield
        finally:
            self._steps.uninstall()
            self._tasks.kill()
            self.harness.database.write(lambda: db.session.execute(delete(Conversation)))

    def go_on(self, seconds: float) -> None:
        """Let everything go on, and then time pass."""
        self._tasks.turn()
        group_commit = self.runtime.group_commit
        for work in (
            group_commit.flush,
            self._keeper.run_once,
            self._control_events.handle_new,
            self._missing_html.store,
        ):
            self._as_periodic_work(work)
        self._clock.sleep(seconds)
        for follower in self._followers.values():
            follower.follow()

    def _as_periodic_work(self, work: Callable[[], None]) -> None:
        try:
            work()
        except Unavailable:
            pass  # it is tried again
        except BaseException as error:
            self.errors.append(error)

    def pass_time(self, seconds: float) -> None:
        """Let time pass in which nothing is done."""
        self._clock.sleep(seconds)

    def stored(self) -> dict[str, list[Stored]]:
        """Return the messages in the database, by conversation."""
        messages = self.harness.database.messages
        return {where: messages(where) for where in self.conversations}

    def answers(self, where: str) -> list[Stored]:
        """Return the answers of a conversation."""
        found = self.harness.database.messages(where)
        return [message for message in found if message.role == "assistant"]

    def bystanders(self) -> list[Stored]:
        """Return the answers of the bystanders."""
        return [answer for where in self.conversations[1:] for answer in self.answers(where)]

    def shown(self) -> Iterator[tuple[str, dict[str, dict[str, Any]]]]:
        """Yield each reader's conversation, and what it shows."""
        for (where, _), follower in self._followers.items():
            yield where, follower.shown()

    @property
    def is_over(self) -> bool:
        """Return whether every answer has ended, and every task."""
        stored = [message for messages in self.stored().values() for message in messages]
        return self._tasks.are_done and all(m.status != Status.STREAMING for m in stored)
