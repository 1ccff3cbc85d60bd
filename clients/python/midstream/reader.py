"""Follows one conversation by the rule, through as many connections as it takes."""

from __future__ import annotations

import queue
import time
from typing import Any

from midstream.access import Access, Refused
from midstream.connection import ACK_SECONDS, PASSING, Connection
from midstream.question import Question
from midstream.returning import reopen
from midstream.rule import ConversationLog, Event, Outcome
from midstream.timing import Silences, Wishes
from midstream.view import View

LATER_SECONDS = 1.0


class Reader:
    """All happens in the thread that calls `run`, which tells the view of every change."""

    def __init__(
        self, access: Access, conversation: str, view: View, question: Question | None = None
    ) -> None:
        self.log = ConversationLog(conversation)
        self.question = question
        self._access = access
        self._view = view
        self._stopped = False
        self._silences = Silences()
        self._wishes = Wishes()
        self._requests: dict[str, float] = {}  # those in flight, and since when
        self._overtaken = False  # an answer has come while the question was in flight

    def run(self) -> None:
        """Follow until somebody calls `stop`.

        Raises Refused, and Unreachable where there is no connection at first, or for too long.
        """
        self._connection = self._open()
        while True:
            self._follow()
            if self._stopped:
                return self._connection.close()
            self._view.lost()
            self._connection = reopen(self._open)

    def stop(self) -> None:
        """Have `run` return."""
        self._stopped = True

    def _open(self) -> Connection:
        return Connection(self._access).open()

    def _follow(self) -> None:
        """Follow until the connection is gone."""
        self._requests.clear()
        self._join()
        self._ask()
        while not self._stopped:
            timeout = max(0.0, self._deadline() - time.monotonic())
            try:
                event, data = self._connection.arrivals.get(timeout=timeout)
            except queue.Empty:
                if self._requests:
                    return self._connection.abort()
                self._join()
                continue
            if event == "disconnect":
                return
            self._take(event, data)

    def _deadline(self) -> float:
        if self._requests:
            return min(self._requests.values()) + ACK_SECONDS
        if self._wishes.due is not None:
            return self._wishes.due
        return self._silences.deadline(self.log.streaming)

    def _take(self, event: str, data: Any) -> None:
        if event == "ack":
            return self._acknowledged(*data)
        if data.get("conversation") != self.log.conversation:
            return
        self._silences.heard(data.get("id"))
        outcome = self.log.apply(event, data)
        self._tell(event, data, outcome)
        if outcome is Outcome.REJOIN or self.log.horizon.is_behind:
            self._wishes.wish()

    def _tell(self, event: str, data: Event, outcome: Outcome) -> None:
        if outcome is Outcome.CHANGED:
            self._view.changed(self.log.messages[data["id"]])
        if outcome is Outcome.REMOVED:
            self._view.removed(data["ids"])
        if event == "conversation":
            self._view.described(data)
        if event == "message" and data["role"] == "assistant":
            self._overtaken = True
            self._ask()

    def _join(self) -> None:
        self._wishes.granted()
        self._request("join", self.log.holding())

    def _ask(self) -> None:
        """Ask, or ask what has become of it: the same key is the same question."""
        if self.question and self.question.reply is None and "send" not in self._requests:
            self._overtaken = False
            self._request("send", self.question.payload(self.log.conversation))

    def _request(self, event: str, payload: Event) -> None:
        self._requests[event] = time.monotonic()
        self._connection.request(event, payload)

    def _acknowledged(self, request: str, ack: Event) -> None:
        self._requests.pop(request, None)
        if ack["ok"]:
            return self._joined(ack) if request == "join" else self._asked(ack)
        if ack["error"] not in PASSING:
            raise Refused(ack["error"], ack["message"])
        self._wishes.refused(ack.get("retry_after", LATER_SECONDS))

    def _asked(self, ack: Event) -> None:
        assert self.question
        self.question.answered(ack)
        if self._overtaken:
            self._ask()
        self._view.asked(self.question)

    def _joined(self, ack: Event) -> None:
        self._silences.restart()
        if ack.get("reload"):
            self.log.forget()
            self._view.removed([])
            return self._wishes.wish()
        self.log.horizon.joined(ack)
        self._view.described(ack)
        self._ask()
        if self.log.horizon.is_behind:
            self._wishes.wish()
        elif self._wishes.due is None:
            self._wishes.fulfilled()
            self._view.in_step()
