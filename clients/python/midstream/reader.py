"""Follows one conversation by the rule, over as many connections as necessary."""

from __future__ import annotations

import queue
import time
from typing import Any

from midstream.access import TRANSIENT, Access, Refused
from midstream.backoff import PendingJoin
from midstream.connection import ACK_SECONDS, Connection, reconnect
from midstream.inactivity import InactivityTimer
from midstream.question import Question
from midstream.rule import Event, MessageLog, Outcome
from midstream.view import View

DEFAULT_RETRY_SECONDS = 1.0


class Reader:
    """Everything runs in the thread that calls `run`, which reports each change to the view."""

    def __init__(
        self, access: Access, conversation: str, view: View, question: Question | None = None
    ) -> None:
        self.log = MessageLog(conversation)
        self.question = question
        self._access = access
        self._view = view
        self._stopped = False
        self._inactivity = InactivityTimer()
        self._pending_join = PendingJoin()
        self._in_flight: dict[str, float] = {}  # when each request was sent

    def run(self) -> None:
        """Follow the conversation until `stop` is called.

        Raises Refused; Unreachable if it can't connect at first, or can't reconnect.
        """
        self._connection = self._connect()
        while True:
            self._follow()
            if self._stopped:
                return self._connection.close()
            self._view.lost()
            self._connection = reconnect(self._connect)

    def stop(self) -> None:
        """Make `run` return."""
        self._stopped = True

    def _connect(self) -> Connection:
        return Connection(self._access, self.log.conversation).open()

    def _follow(self) -> None:
        """Follow the conversation until the connection is lost."""
        self._in_flight.clear()
        self._join()
        self._ask()
        while not self._stopped:
            timeout = max(0.0, self._deadline() - time.monotonic())
            try:
                event, data = self._connection.incoming.get(timeout=timeout)
            except queue.Empty:
                if self._in_flight:
                    return self._connection.abort()
                self._join()
                continue
            if event == "disconnect":
                return
            self._receive(event, data)

    def _deadline(self) -> float:
        if self._in_flight:
            return min(self._in_flight.values()) + ACK_SECONDS
        if self._pending_join.due is not None:
            return self._pending_join.due
        return self._inactivity.deadline(self.log.streaming)

    def _receive(self, event: str, data: Any) -> None:
        if event == "ack":
            return self._acknowledged(*data)
        if data.get("conversation") != self.log.conversation:
            return
        self._inactivity.received(data.get("id"))
        outcome = self.log.apply(event, data)
        self._report(event, data, outcome)
        is_joining = "join" in self._in_flight  # what is missing may be on its way already
        if outcome is Outcome.REJOIN or (self.log.is_behind and not is_joining):
            self._pending_join.request()

    def _report(self, event: str, data: Event, outcome: Outcome) -> None:
        if outcome is Outcome.CHANGED:
            self._view.changed(self.log.messages[data["id"]])
        if outcome is Outcome.REMOVED:
            self._view.removed(data["ids"])
        if event == "conversation":
            self._view.described(data)
        if event == "message" and data["role"] == "assistant" and self.question:
            self.question.answer_began()
            self._ask()

    def _join(self) -> None:
        self._pending_join.sent()
        self.log.joining()
        self._request("join", self.log.join_request())

    def _ask(self) -> None:
        """Send the question, or send it again to learn whether its answer has begun."""
        if self.question and self.question.reply is None and "send" not in self._in_flight:
            self.question.sent()
            self._request("send", self.question.payload(self.log.conversation))

    def _request(self, event: str, payload: Event) -> None:
        self._in_flight[event] = time.monotonic()
        self._connection.request(event, payload)

    def _acknowledged(self, request: str, ack: Event) -> None:
        self._in_flight.pop(request, None)
        if ack["ok"]:
            return self._joined(ack) if request == "join" else self._asked(ack)
        if ack["error"] not in TRANSIENT:
            raise Refused(ack["error"], ack["message"])
        self._pending_join.retry_after(ack.get("retry_after", DEFAULT_RETRY_SECONDS))

    def _joined(self, ack: Event) -> None:
        self._inactivity.restart()
        if ack.get("reload"):
            self.log.forget()
            self._view.removed([])
            return self._pending_join.request()
        self.log.joined(ack)
        self._view.described(ack)
        self._ask()
        if self.log.is_behind:
            self._pending_join.request()
        elif self._pending_join.due is None:
            self._pending_join.reset()
            self._view.in_step()

    def _asked(self, ack: Event) -> None:
        assert self.question
        if self.question.acknowledged(ack):
            self._ask()
        self._view.asked(self.question)
