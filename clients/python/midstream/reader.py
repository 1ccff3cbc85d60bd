"""Follows one conversation by the rule, through as many connections as it takes."""

from __future__ import annotations

import queue
import random
import time
from typing import Any

from midstream.connection import ACK_SECONDS, Access, Connection, Refused, Unreachable
from midstream.question import Question
from midstream.rule import ConversationLog, Event, Outcome
from midstream.timing import Silences
from midstream.view import View

PATIENCE_SECONDS = 120.0  # for a connection that was there once
LONGEST_PAUSE_SECONDS = 8.0
LATER_SECONDS = 1.0
FINAL = {"not_found", "unauthorized"}


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
        self._wished_at: float | None = None  # when the next join is due
        self._joining_since: float | None = None
        self._pause = 0.0

    def run(self) -> None:
        """Follow until somebody calls `stop`.

        Raises Refused, and Unreachable where there is no connection at first, or for too long.
        """
        self._connection = Connection(self._access).open()
        while True:
            self._follow()
            if self._stopped:
                return self._connection.close()
            self._view.lost()
            self._reconnect()

    def stop(self) -> None:
        """Have `run` return."""
        self._stopped = True

    def _reconnect(self) -> None:
        deadline, pause = time.monotonic() + PATIENCE_SECONDS, 0.25
        while time.monotonic() < deadline:
            time.sleep(pause * random.uniform(0.5, 1.0))
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
            try:
                self._connection = Connection(self._access).open()
            except Unreachable:
                continue
            return
        raise Unreachable()

    def _follow(self) -> None:
        """Follow until the connection is gone."""
        self._join()
        self._ask()
        while not self._stopped:
            timeout = max(0.0, self._deadline() - time.monotonic())
            try:
                event, data = self._connection.arrivals.get(timeout=timeout)
            except queue.Empty:
                if self._joining_since is not None:
                    return self._connection.abort()
                self._join()
                continue
            if event == "disconnect":
                return
            self._take(event, data)

    def _deadline(self) -> float:
        if self._joining_since is not None:
            return self._joining_since + ACK_SECONDS
        if self._wished_at is not None:
            return self._wished_at
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
            self._wish(0.0)

    def _tell(self, event: str, data: Event, outcome: Outcome) -> None:
        if outcome is Outcome.CHANGED:
            self._view.changed(self.log.messages[data["id"]])
        if outcome is Outcome.REMOVED:
            self._view.removed(data["ids"])
        if event == "conversation":
            self._view.described(data)
        if self.question and self.question.waits and event == "message":
            self._ask()

    def _wish(self, seconds: float) -> None:
        """Join in so many seconds, or as soon as the pause between two joins is over."""
        self._wished_at = time.monotonic() + max(seconds, self._pause)

    def _join(self) -> None:
        self._pause = min(max(0.1, 2 * self._pause), LONGEST_PAUSE_SECONDS)
        self._wished_at, self._joining_since = None, time.monotonic()
        self._connection.request("join", self.log.holding())

    def _ask(self) -> None:
        """Ask, or ask what has become of it: the same key is the same question."""
        if self.question and self.question.reply is None:
            self._connection.request("send", self.question.payload(self.log.conversation))

    def _acknowledged(self, request: str, ack: Event) -> None:
        if not ack["ok"] and (request == "send" or ack["error"] in FINAL):
            raise Refused(ack["error"], ack["message"])
        if request == "join":
            self._joined(ack)
        elif self.question:
            self.question.answered(ack)
            self._view.asked(self.question)

    def _joined(self, ack: Event) -> None:
        self._joining_since = None
        self._silences.restart()
        if not ack["ok"]:
            return self._wish(ack.get("retry_after", LATER_SECONDS))
        if ack.get("reload"):
            self.log.forget()
            self._view.removed([])
            return self._wish(0.0)
        self.log.horizon.joined(ack)
        self._view.described(ack)
        if self.log.horizon.is_behind:
            self._wish(0.0)
        elif self._wished_at is None:
            self._pause = 0.0
            self._view.in_step()
