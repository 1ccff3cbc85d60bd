"""The smallest correct server: the design on a page.

`faults` break it on purpose, to show that the state machine finds them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.proof.interfaces import Between, Packet
from tests.proof.model_conversation import ModelConversation
from tests.proof.model_message import CONVERSATION, Message


class ModelServer(ModelConversation):
    """Two processes that serve one conversation."""

    def __init__(self, faults: frozenset[str] = frozenset()) -> None:
        super().__init__()
        self.faults = faults

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

    def ask(self, process: int, versions: list[Message] | None = None) -> None:
        """Store a question; answer it, unless another is being answered."""
        self._add(log=[("q", "")], waiting=True, versions=versions or [])
        self._answer_next(process)

    def _answer_next(self, process: int) -> None:
        question = next((m for m in self.messages.values() if m.waiting), None)
        if question and self._streaming() is None:
            question.waiting = False
            self._begin(question, process, [])

    def _begin(self, question: Message, process: int, versions: list[Message]) -> None:
        self._add(question=question, status="streaming", owner=process, versions=versions)

    def retry(self, process: int) -> None:
        """Put another version in the place of the last answer, if it has ended."""
        answers = [m for m in self.messages.values() if m.question]
        if answers and answers[-1].status != "streaming":
            old = answers[-1]
            assert old.question
            waiting = [m for m in self.messages.values() if m.waiting]
            assert not waiting, "in this model the next question is answered at once"
            self._hide(old)
            self._begin(old.question, process, old.versions)

    def edit(self, process: int, which: int) -> None:
        """Put another version in the place of a question, counted from the last."""
        questions = [m for m in self.messages.values() if m.question is None]
        old = questions[-1 - which % len(questions)]
        for answer in self._being_written():
            if answer.question is old and answer.id in self.messages:
                answer.status = "stopped"
                answer.log.append(("", ""))
        self._hide(old)
        self.ask(process, old.versions)

    def choose(self, process: int, which: int, version: int) -> None:
        """Show another version of a message, and what followed it."""
        versioned = [m for m in self.messages.values() if len(m.versions) > 1]
        if not versioned:
            return
        shown = versioned[which % len(versioned)]
        chosen = shown.versions[version % len(shown.versions)]
        if chosen is not shown:
            self._hide(shown)
            for message in self.hidden.pop(chosen):
                self._place(
                    message, message.id if "show again under the same id" in self.faults else ""
                )
            self._answer_next(process)

    def stop(self, process: int) -> None:
        """Stop the streaming answer."""
        if answer := self._streaming():
            self._end(answer, "stopped", "", "", process)

    def receive(self, process: int, content: str, thinking: str) -> None:
        """Receive a piece of the answers that this process writes."""
        for answer in self._being_written():
            if answer.owner == process and not answer.finished:
                answer.pending.append((content, thinking))

    def finish(self, process: int) -> None:
        """Receive the end of these answers."""
        for answer in self._being_written():
            answer.finished = answer.finished or answer.owner == process

    def flush(self, process: int) -> None:
        """Commit, then broadcast."""
        for answer in self._being_written():
            if answer.owner == process:
                pending, answer.pending = answer.pending, []
                content, thinking = ("".join(p[part] for p in pending) for part in (0, 1))
                if answer.finished:
                    self._end(answer, "complete", content, thinking, process)
                elif content or thinking:
                    self._append(answer, content, thinking)

    def _being_written(self) -> list[Message]:
        """Return the answers that stream, whether they are shown or not."""
        hidden = [message for messages in self.hidden.values() for message in messages]
        return [m for m in [*self.messages.values(), *hidden] if m.status == "streaming"]

    def _append(self, answer: Message, content: str, thinking: str) -> None:
        answer.log.append((content, thinking))
        self._emit_if_shown("chunk", answer)
        if "emit before commit" in self.faults:
            answer.log.pop()  # the commit failed, and the readers have it already

    def _end(self, answer: Message, status: str, content: str, thinking: str, by: int) -> None:
        answer.status = status
        answer.log.append((content, thinking))
        self._emit_if_shown("streaming_end", answer)
        self._answer_next(by)

    def _emit_if_shown(self, event: str, answer: Message) -> None:
        if answer.id in self.messages:
            self._emit_to_room(event, answer.payload(len(answer.log) - 1))

    def crash(self, process: int) -> None:
        """Lose what is not committed; no process writes these answers any more."""
        for answer in self._being_written():
            if answer.owner == process:
                answer.owner, answer.pending = None, []

    def sweep(self, processes: Sequence[int]) -> None:
        """Interrupt the answers whose process is dead, or has been paused for too long."""
        for answer in self._being_written():
            if answer.owner not in processes:
                self._end(answer, "interrupted", "", "", processes[0])
