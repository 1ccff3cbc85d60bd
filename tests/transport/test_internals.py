"""A library that is not what the guards were made for stops the start, with a sentence."""

from __future__ import annotations

import queue
import re
from typing import Any

import engineio.server
import pytest
from flask import Flask

from app.config import ConfigError
from app.extensions import socketio
from app.transport import internals
from app.transport.backlog import measured
from app.transport.reliances import RELIANCES, Reliance


def test_what_is_installed_is_what_the_guards_rely_on() -> None:
    internals.check_internals()


@pytest.mark.parametrize("found", ["4.16.0", "5.0.0", "4.1.5"])
def test_an_upgrade_is_noticed(monkeypatch: pytest.MonkeyPatch, found: str) -> None:
    real = internals.version
    versions = {"python-engineio": found}
    monkeypatch.setattr(internals, "version", lambda name: versions.get(name) or real(name))
    with pytest.raises(ConfigError, match=f"python-engineio {re.escape(found)} is not the tested"):
        internals.check_internals()


def test_a_changed_internal_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    def create_queue(self: Any) -> list[Any]:
        return []

    changed = Reliance(create_queue, ("self._async['queue'](",))
    monkeypatch.setattr(internals, "RELIANCES", (changed,))
    with pytest.raises(ConfigError, match="create_queue no longer says"):
        internals.check_internals()


def test_code_without_a_source_is_not_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(internals, "RELIANCES", (Reliance(len, ("return",)),))
    with pytest.raises(ConfigError, match="len no longer says 'return'"):
        internals.check_internals()


def test_every_reliance_names_code_that_is_there() -> None:
    assert len(RELIANCES) > 15
    assert engineio.server.Server._handle_connect in [code for code, _ in RELIANCES]


class Deaf(queue.Queue[Any]):
    """A queue that notices nothing."""

    waiting_bytes = put_bytes = taken_bytes = 0


class Forgetful(measured(queue.Queue, 1000)):  # type: ignore[misc]
    """A queue that no longer takes out what is in it by `_get`."""

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        return self.queue.popleft()


@pytest.mark.parametrize("new_queue", [Deaf, Forgetful])
def test_a_queue_that_does_not_count_is_noticed(new_queue: type[Any]) -> None:
    with pytest.raises(ConfigError, match="the queues no longer count"):
        internals.check_counting(new_queue)


def test_a_queue_that_counts_is_not(app: Flask) -> None:
    internals.check_counting(socketio.server.eio.create_queue)
