"""Tells the readers of each conversation who is present in it, whenever that changes.

Each process tells its own readers, from what its sockets have said and, with Redis, from what other
processes have. What those have said expires if Redis or they are gone.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable
from threading import Lock
from typing import cast

from flask import Flask, current_app

from app.errors import attempt
from app.events import emit, rooms
from app.events.payloads import present_payload, sender
from app.events.shapes import PresentPayload
from app.models.conversation import room_of
from app.presence.exchange import EXPIRY_SECONDS, Exchange
from app.presence.local import FOLLOWS, TYPES, Clock, Everywhere, LocalPresence, People
from app.shared_redis.health import REDIS_ERRORS

logger = logging.getLogger(__name__)


class Presence:
    """One for each app. It starts nothing by itself; app/server/serving.py does."""

    def __init__(
        self, app: Flask, exchange: Exchange | None, clock: Clock = time.monotonic
    ) -> None:
        self._local = LocalPresence(_is_in, clock)
        self._exchange = exchange
        self._clock = clock
        self._others: list[Everywhere] = []
        self._heard_at = float("-inf")
        self._told: Everywhere = {}
        self._telling = Lock()
        app.extensions["presence"] = self

    def say(
        self, sid: str, conversation: str, user_id: int, *, here: bool, follows: bool
    ) -> PresentPayload:
        """Take what a socket says of its user, who may read there; return who is present."""
        if here:
            self._local.enter(sid, conversation, sender(conversation, user_id), follows=follows)
        else:
            self._local.leave(sid, conversation)
        return _payload(conversation, self._of(conversation))

    def type(self, sid: str, conversation: str, user_id: int) -> None:
        """Take that a socket's user, who may write there, types."""
        self._local.type(sid, conversation, sender(conversation, user_id))

    def stop_typing(self, conversation: str, sid: str | None = None) -> None:
        """A socket's user types no longer, who has sent it; without `sid`, nobody does."""
        self._local.stop_typing(conversation, sid)

    def is_here(self, conversation: str, user_id: int) -> bool:
        """Return whether a page of this user shows the conversation, as far as is known here."""
        return sender(conversation, user_id) in self._of(conversation)

    def tell(self) -> None:
        """Tell this process's readers what has changed since the last call."""
        with self._telling:
            now = self._all()
            for conversation in self._told.keys() | now.keys():
                people = now.get(conversation, {})
                if people != self._told.get(conversation, {}):
                    self._tell(conversation, people)

    def exchange(self) -> None:
        """Tell the other processes, and hear from them; what is new there, readers are told at
        once: it has waited in two processes already."""
        exchange, here = self._exchange, self._local.here()
        if exchange is None:
            return
        others, error = attempt(lambda: exchange.swap(here))
        if error is None:
            before, self._others, self._heard_at = self._others, others or [], self._clock()
            if self._others != before:
                self.tell()
        elif isinstance(error, REDIS_ERRORS):
            exchange.health.failed(error)
        else:
            raise error

    def other_processes(self) -> int:
        """Return of how many other server processes something was heard lately."""
        return len(self._heard)

    def withdraw(self) -> None:
        """Tell the other processes that this one ends, and nothing after that."""
        exchange, self._exchange = self._exchange, None
        if exchange is not None and not exchange.health.is_silent:
            attempt(exchange.withdraw)  # else it expires

    def _tell(self, conversation: str, people: dict[str, int]) -> None:
        """Tell the readers of one conversation; if that fails, the next call tries again."""
        _, error = attempt(lambda: _send(conversation, people))
        if error:
            logger.error("Readers could not be told who is here.", exc_info=error)
        elif people:
            self._told[conversation] = people
        else:
            self._told.pop(conversation, None)

    def _all(self) -> Everywhere:
        said = [self._local.here(), *self._heard]
        everywhere = set[str]().union(*said)
        return {where: _together(each.get(where, {}) for each in said) for where in everywhere}

    def _of(self, conversation: str) -> People:
        heard = (each.get(conversation, {}) for each in self._heard)
        return _together([self._local.people(conversation), *heard])

    @property
    def _heard(self) -> list[Everywhere]:
        """Return what other processes have said, unless that is too long ago."""
        return self._others if self._clock() - self._heard_at < EXPIRY_SECONDS else []


def current_presence() -> Presence:
    """Return the current app's presence."""
    return cast(Presence, current_app.extensions["presence"])


def _is_in(sid: str, conversation: str) -> bool:
    return rooms.is_in(sid, room_of(conversation))


def _send(conversation: str, people: People) -> None:
    if rooms.count(room_of(conversation)):
        emit.present(_payload(conversation, people), room_of(conversation))


def _together(said: Iterable[People]) -> dict[str, int]:
    """Return who is here in any process, and all that they do."""
    together: dict[str, int] = {}
    for people in said:
        for who, doing in people.items():
            together[who] = together.get(who, 0) | doing
    return together


def _payload(conversation: str, people: People) -> PresentPayload:
    states = [(who, bool(doing & FOLLOWS), bool(doing & TYPES)) for who, doing in people.items()]
    return present_payload(conversation, sorted(states))
