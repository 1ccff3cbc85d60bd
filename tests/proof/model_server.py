"""A server as small as it can be and still be right: the design on a page.

`faults` break it on purpose, to show that the state machine would notice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from tests.proof.world import PROCESSES, Between, Deliver, Packet, Truth

CONVERSATION = "c"


@dataclass
class Message:
    """A row: a log of (content, thinking), and how it stands."""

    id: str
    position: int
    question: Message | None = None
    status: str = "complete"
    log: list[tuple[str, str]] = field(default_factory=list)
    owner: int | None = None

    def text(self, part: int, since: int = 0) -> str:
        """Return what its log says after `since`."""
        return "".join(entry[part] for entry in self.log[since:])


class ModelServer:
    """One conversation, two processes, and the room of its readers."""

    def __init__(self, faults: frozenset[str] = frozenset()) -> None:
        self.faults = faults
        self.messages: dict[str, Message] = {}
        self.waiting: list[Message] = []
        self.position = self.revision = 0
        self.pending: list[list[tuple[str, str]]] = [[] for _ in range(PROCESSES)]
        self.finished = [False] * PROCESSES
        self.room: dict[int, Deliver] = {}
        self.connected: dict[int, Deliver] = {}
        self.ids = count(1)

    def connect(self, reader: int, deliver: Deliver) -> None:
        """A reader's socket is there; it is in no room."""
        self.connected[reader] = deliver

    def disconnect(self, reader: int) -> None:
        """It is gone."""
        self.connected.pop(reader, None)
        self.room.pop(reader, None)

    def join(self, reader: int, wish: dict[str, Any], between: Between) -> dict[str, Any]:
        """First the room, then the read, then the emit."""
        deliver = self.connected[reader]
        late = "read before entering the room" in self.faults
        if not late:
            self.room[reader] = deliver
        between.happen(between.before_read)
        here = {"conversation": CONVERSATION, "position": self.position, "revision": self.revision}
        if wish.get("revision", self.revision) != self.revision:
            self.room[reader] = deliver
            return {**here, "reload": True}
        packets = self._missing(wish)
        between.happen(between.after_read)
        self.room[reader] = deliver
        for event, data in packets:
            deliver(Packet(event, data, in_order=True))
        return here

    def _missing(self, wish: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
        lacks = [m for m in self.messages.values() if m.position > wish["after"]]
        packets = [("message", self._announcement(m)) for m in lacks]
        for m in self.messages.values():
            if m.status == "streaming" or m.id in wish["have"]:
                since = min(wish["have"].get(m.id, 0), len(m.log))
                packets.append(("current_state", self._shape(m, since)))
        return packets

    def ask(self, process: int) -> None:
        """Store a question; answer it, unless another is being answered."""
        question = self._add(log=[("q", "")])
        self._tell("message", self._announcement(question))
        self.waiting.append(question)
        self._answer_next(process)

    def _answer_next(self, process: int) -> None:
        if self.waiting and self._streaming() is None:
            self._begin(self.waiting.pop(0), process)

    def _begin(self, question: Message, process: int) -> None:
        answer = self._add(question=question, status="streaming", owner=process)
        self.pending[process], self.finished[process] = [], False
        self._tell("message", self._announcement(answer))

    def retry(self, process: int) -> None:
        """Replace the last answer, if it has ended."""
        answers = [m for m in self.messages.values() if m.question]
        if answers and answers[-1].status != "streaming":
            answer = answers[-1]
            del self.messages[answer.id]
            self.revision += 1
            where = {"conversation": CONVERSATION, "revision": self.revision}
            self._tell("removed", {**where, "ids": [answer.id]})
            assert answer.question
            self._begin(answer.question, process)

    def edit(self, process: int) -> None:
        """Replace the last question and its answer, wherever that is, by another question."""
        old = [m for m in self.messages.values() if m.question is None][-1]
        gone = [m.id for m in self.messages.values() if m is old or m.question is old]
        for message_id in gone:
            del self.messages[message_id]
        self.waiting = [m for m in self.waiting if m is not old]
        self.revision += 1
        self._tell(
            "removed", {"conversation": CONVERSATION, "revision": self.revision, "ids": gone}
        )
        self.ask(process)

    def stop(self, process: int) -> None:
        """End the streaming answer where it is."""
        if answer := self._streaming():
            self._end(answer, "stopped", "", "", process)

    def receive(self, process: int, content: str, thinking: str) -> None:
        """Take in a piece of the answer that this process writes."""
        answer = self._streaming()
        if answer and answer.owner == process and not self.finished[process]:
            self.pending[process].append((content, thinking))

    def finish(self, process: int) -> None:
        """Take in that there is no more."""
        self.finished[process] = True

    def flush(self, process: int) -> None:
        """Commit, then broadcast."""
        answer = self._streaming()
        if answer is None or answer.owner != process:
            return
        pending, self.pending[process] = self.pending[process], []
        content, thinking = ("".join(piece[part] for piece in pending) for part in (0, 1))
        if self.finished[process]:
            self._end(answer, "complete", content, thinking, process)
        elif content or thinking:
            self._append(answer, content, thinking)

    def _append(self, answer: Message, content: str, thinking: str) -> None:
        answer.log.append((content, thinking))
        self._tell("chunk", self._shape(answer, len(answer.log) - 1))
        if "emit before commit" in self.faults:
            answer.log.pop()  # the commit failed, and the readers have it already

    def _end(self, answer: Message, status: str, content: str, thinking: str, by: int) -> None:
        answer.status = status
        answer.log.append((content, thinking))
        self._tell("streaming_end", self._shape(answer, len(answer.log) - 1))
        self._answer_next(by)

    def crash(self, process: int) -> None:
        """Forget what is not committed; nobody carries the answer any more."""
        self.pending[process] = []
        if (answer := self._streaming()) and answer.owner == process:
            answer.owner = None

    def sweep(self, processes: Sequence[int]) -> None:
        """Interrupt the answer whose process is dead, or has been paused for too long."""
        answer = self._streaming()
        if answer and answer.owner not in processes:
            self._end(answer, "interrupted", "", "", processes[0])

    def truth(self) -> dict[str, Truth]:
        """Return what is committed."""
        return {
            m.id: Truth(m.id, m.position, len(m.log), m.status, m.text(0), m.text(1))
            for m in self.messages.values()
        }

    def close(self) -> None:
        """Nothing to do."""

    def _streaming(self) -> Message | None:
        return next((m for m in self.messages.values() if m.status == "streaming"), None)

    def _add(self, **fields: Any) -> Message:
        self.position += 1
        message = Message(f"m{next(self.ids)}", self.position, **fields)
        self.messages[message.id] = message
        return message

    def _tell(self, event: str, data: dict[str, Any]) -> None:
        for deliver in list(self.room.values()):
            deliver(Packet(event, data))

    def _shape(self, message: Message, since: int) -> dict[str, Any]:
        return {
            "id": message.id,
            "conversation": CONVERSATION,
            "since": since,
            "seq": len(message.log),
            "status": message.status,
            "content": message.text(0, since),
            "thinking": message.text(1, since),
        }

    def _announcement(self, message: Message) -> dict[str, Any]:
        shape = self._shape(message, 0)
        if message.status == "streaming":
            shape |= {"seq": 0, "content": "", "thinking": ""}
        return {**shape, "position": message.position, "revision": self.revision}
