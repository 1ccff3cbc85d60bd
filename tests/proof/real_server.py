"""The app's own functions on a real database, in two processes' worth of memory.

What the app would do in background tasks is done here at once or when the machine says so; the
clock by which leases run out is ours; events are caught at the one door out, after they have
been addressed to a room. Sockets, greenlets and networks are real in tests/system.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from flask_migrate import upgrade
from flask_socketio import SocketIOTestClient

from app import create_app, directly, replies
from app.config import Config
from app.database import read, write
from app.errors import Conflict
from app.extensions import db, socketio
from app.limits import UNLIMITED
from app.models import ApiToken, Conversation, Message, Status, User
from app.models.entry import Delta, read_log
from app.models.starting import start_conversation
from app.providers import Models, Text, Thinking
from app.replies import Desk, answering, keeper
from app.replies.answer import Answer
from app.replies.keeper import Keeper
from app.sockets import arrivals, out
from tests.proof.world import PROCESSES, Between, Deliver, Packet, Truth
from tests.support import asyncapi

LEASE_SECONDS = 15.0


class Clock:
    """A monotonic clock that goes when it is told to."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def monotonic(self) -> float:
        """Return the time since its beginning."""
        return self.seconds


class HandDesk(Desk):
    """A desk at which nothing happens by itself."""

    def in_background(self, task: Callable[..., None], *args: Any) -> None:
        """Take on an answer without listening to a model; do everything else at once."""
        if task is answering.begin:
            answering.take_on(*args)
        else:
            task(*args)


class RealServer:
    """One conversation; `reset` begins another, on the same database."""

    def __init__(self, folder: Path, monkeypatch: Any) -> None:
        self.config = Config(
            secret_key="proof",
            database_url=f"sqlite:///{folder / 'proof.sqlite3'}",
            models=("demo",),
            limits=UNLIMITED,
            lease_seconds=LEASE_SECONDS,
        )
        self.app = create_app(self.config)
        self.clock = Clock()
        self.between = Between()
        self.delivers: dict[str, tuple[int, Deliver]] = {}
        monkeypatch.setattr(keeper, "time", self.clock)
        monkeypatch.setattr(arrivals, "MOMENT_SECONDS", 0)
        monkeypatch.setattr(arrivals, "read", self._read)
        monkeypatch.setattr(out, "_emit", self._emit)
        with self.app.app_context():
            upgrade()
            self.token, self.user_id = write(_make_olive)

    def reset(self) -> RealServer:
        """Begin another conversation, with two processes that have done nothing yet."""
        self.between = Between()
        self.clients: dict[int, SocketIOTestClient] = {}
        self.delivers.clear()
        self.processes = [self._process() for _ in range(PROCESSES)]
        with self.app.app_context():
            self.conversation = write(lambda: start_conversation(self.user_id, None, "demo"))
            self.key = read(lambda: self._row().id)
        return self

    def _process(self) -> tuple[HandDesk, Keeper]:
        desk = HandDesk(self.app, self.config, Models.from_config(self.config), directly)
        return desk, Keeper(desk.beat, LEASE_SECONDS)

    def _as(self, process: int) -> Desk:
        desk = self.processes[process][0]
        self.app.extensions["desk"] = desk
        return desk

    # Readers

    def connect(self, reader: int, deliver: Deliver) -> None:
        """A reader's socket signs in."""
        client = SocketIOTestClient(
            self.app, socketio, namespace=out.NAMESPACE, auth={"token": self.token}
        )
        self.clients[reader] = client
        sid = socketio.server.manager.sid_from_eio_sid(client.eio_sid, out.NAMESPACE)
        self.delivers[sid] = (reader, deliver)

    def disconnect(self, reader: int) -> None:
        """It is gone."""
        self.clients.pop(reader).disconnect(namespace=out.NAMESPACE)

    def join(self, reader: int, wish: dict[str, Any], between: Between) -> dict[str, Any]:
        """Have the namespace's handler serve a join."""
        self.between = between
        ack = self.clients[reader].emit("join", wish, namespace=out.NAMESPACE, callback=True)
        assert ack["ok"], ack
        asyncapi.watch_request("join", wish, ack)
        return dict(ack)

    def _read(self, work: Callable[[], Any]) -> Any:
        """Read for a join, with something happening right before and right after it."""
        self._happen(self.between.before_read)
        result = read(work)
        self._happen(self.between.after_read)
        return result

    def _happen(self, moment: list[Callable[[], None]]) -> None:
        with self.app.app_context():
            self.between.happen(moment)

    def _emit(self, event: str, data: Any, room: str, *, local: bool = False) -> None:
        sent = json.loads(json.dumps(data))
        asyncapi.watch_event(event, sent)
        for sid in out.sockets(room):
            _reader, deliver = self.delivers[sid]
            deliver(Packet(event, sent, in_order=local))

    # Answers

    def ask(self, process: int) -> None:
        """Ask through a process."""
        self._as(process)
        with self.app.app_context():
            replies.ask(self.key, self.user_id, "And then?", None)

    def retry(self, process: int) -> None:
        """Retry the last answer through a process, where that is allowed."""
        self._as(process)
        with self.app.app_context():
            last = read(lambda: self._id_of(self._row().last_answer))
            if last:
                _unless_conflict(lambda: replies.retry(self.key, last))

    def edit(self, process: int) -> None:
        """Edit the last question through a process."""
        self._as(process)
        with self.app.app_context():
            last = read(lambda: self._id_of(self._row().last_question))
            assert last
            replies.edit(self.key, last, self.user_id, "Or else?", None)

    def stop(self, process: int) -> None:
        """Stop the streaming answer through a process."""
        self._as(process)
        with self.app.app_context():
            key = read(lambda: self._key_of(self._row().streaming))
            if key:
                _unless_conflict(lambda: replies.stop(key))

    def receive(self, process: int, content: str, thinking: str) -> None:
        """Let a process's answers receive a piece each, as their task would."""
        for answer in self._answers(process):
            with self.app.app_context():
                if content:
                    answering.take(answer, Text(content))
                if thinking:
                    answering.take(answer, Thinking(thinking))

    def finish(self, process: int) -> None:
        """Let them hear that there is no more."""
        for answer in self._answers(process):
            answer.end(Status.COMPLETE)

    def _answers(self, process: int) -> list[Answer]:
        answers = self._as(process).beat.answers.values()
        return [answer for answer in answers if answer.ending is None]

    def flush(self, process: int) -> None:
        """Beat once; what has ended is concluded, as its task would."""
        beat = self._as(process).beat
        ending = [key for key, answer in beat.answers.items() if answer.ending]
        with self.app.app_context():
            beat.flush()
            for key in ending:
                answering.conclude(key)

    def crash(self, process: int) -> None:
        """Lose a process's memory."""
        self.processes[process] = self._process()

    def sweep(self, processes: Sequence[int]) -> None:
        """Let the lease's time pass in steps, in which the awake processes make their rounds."""
        for _ in range(4):
            for process in processes:
                self._as(process)
                with self.app.app_context():
                    self.processes[process][1].round()
            self.clock.seconds += LEASE_SECONDS / 2

    # The truth

    def truth(self) -> dict[str, Truth]:
        """Return what the database holds."""
        with self.app.app_context():
            return read(self._truth)

    def _truth(self) -> dict[str, Truth]:
        messages = db.session.scalars(self._row().messages().order_by(Message.position))
        return {message.public_id: _true(message) for message in messages}

    def _row(self) -> Conversation:
        mine = db.select(Conversation).where(Conversation.public_id == self.conversation)
        return db.session.scalars(mine).one()

    def _id_of(self, message: Message | None) -> str | None:
        return message.public_id if message else None

    def _key_of(self, message: Message | None) -> int | None:
        return message.id if message else None

    def close(self) -> None:
        """Leave nothing that a later example's sweep would find."""
        for reader in list(self.clients):
            self.disconnect(reader)
        with self.app.app_context():
            write(lambda: db.session.delete(self._row()))


def _true(message: Message) -> Truth:
    whole = Delta(0, message.seq, message.content, message.thinking)
    text = read_log(message.id) if message.is_streaming else whole
    return Truth(
        message.public_id,
        message.position,
        text.seq,
        message.status,
        text.content,
        text.thinking,
    )


def _make_olive() -> tuple[str, int]:
    olive = User(email="olive@example.com", name="Olive", password_hash="none")
    db.session.add(olive)
    db.session.flush()
    return ApiToken.create(olive, "proof"), olive.id


def _unless_conflict(act: Callable[[], object]) -> None:
    try:
        act()
    except Conflict:
        return
