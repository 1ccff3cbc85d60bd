"""The smallest correct server: the design on a page.

`faults` break it on purpose, to show that the state machine finds them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.proof.interfaces import PROCESSES, Between, Packet
from tests.proof.model_conversation import ModelConversation
from tests.proof.model_message import CONVERSATION, Message


class ModelServer(ModelConversation):
    """Two processes that serve one conversation."""

    def __init__(self, faults: frozenset[str] = frozenset()) -> None:
        super().__init__()
        self.faults = faults
        self.waiting: list[Message] = []
        self.pending: list[list[tuple[str, str]]] = [[] for _ in range(PROCESSES)]
        self.finished = [False] * PROCESSES

    def join(self, reader: int, request: dict[str, Any], between: Between) -> dict[str, Any]:
        """Enter the room, then read, then emit."""
        deliver = self.connected[reader]
        late = "read before entering the room" in self.faults
        if not late:
            self.room[reader] = deliver
        between.happen(between.before_read)
        here = {"conversation": CONVERSATION, "position": self.position, "revision": self.revision}
        if request.get("revision", self.revision) != self.revision:
            self.room[reader] = deliver
            return {**here, "reload": True}
        packets = self._missing(request)
        between.happen(between.after_read)
        self.room[reader] = deliver
        for event, data in packets:
            deliver(Packet(event, data, in_order=True))
        return here

    def _missing(self, request: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
        lacks = [m for m in self.messages.values() if m.position > request["after"]]
        packets = [("message", m.message_payload(self.revision)) for m in lacks]
        for m in self.messages.values():
            if m.status == "streaming" or m.id in request["have"]:
                since = min(request["have"].get(m.id, 0), len(m.log))
                packets.append(("current_state", m.payload(since)))
        return packets

    def ask(self, process: int) -> None:
        """Store a question; answer it, unless another is being answered."""
        self.waiting.append(self._add(log=[("q", "")]))
        self._answer_next(process)

    def _answer_next(self, process: int) -> None:
        if self.waiting and self._streaming() is None:
            self._begin(self.waiting.pop(0), process)

    def _begin(self, question: Message, process: int) -> None:
        self.pending[process], self.finished[process] = [], False
        self._add(question=question, status="streaming", owner=process)

    def retry(self, process: int) -> None:
        """Replace the last answer, if it has ended."""
        answers = [m for m in self.messages.values() if m.question]
        if answers and answers[-1].status != "streaming":
            question = answers[-1].question
            assert question
            self._remove(answers[-1])
            self._begin(question, process)

    def edit(self, process: int) -> None:
        """Replace the last question and its answer by another question."""
        old = [m for m in self.messages.values() if m.question is None][-1]
        self._remove(*[m for m in self.messages.values() if m is old or m.question is old])
        self.waiting = [m for m in self.waiting if m is not old]
        self.ask(process)

    def stop(self, process: int) -> None:
        """Stop the streaming answer."""
        if answer := self._streaming():
            self._end(answer, "stopped", "", "", process)

    def receive(self, process: int, content: str, thinking: str) -> None:
        """Receive a piece of the answer that this process writes."""
        answer = self._streaming()
        if answer and answer.owner == process and not self.finished[process]:
            self.pending[process].append((content, thinking))

    def finish(self, process: int) -> None:
        """Receive the end of the answer."""
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
        self._emit_to_room("chunk", answer.payload(len(answer.log) - 1))
        if "emit before commit" in self.faults:
            answer.log.pop()  # the commit failed, and the readers have it already

    def _end(self, answer: Message, status: str, content: str, thinking: str, by: int) -> None:
        answer.status = status
        answer.log.append((content, thinking))
        self._emit_to_room("streaming_end", answer.payload(len(answer.log) - 1))
        self._answer_next(by)

    def crash(self, process: int) -> None:
        """Lose what is not committed; no process writes the answer any more."""
        self.pending[process] = []
        if (answer := self._streaming()) and answer.owner == process:
            answer.owner = None

    def sweep(self, processes: Sequence[int]) -> None:
        """Interrupt the answer whose process is dead, or has been paused for too long."""
        answer = self._streaming()
        if answer and answer.owner not in processes:
            self._end(answer, "interrupted", "", "", processes[0])
