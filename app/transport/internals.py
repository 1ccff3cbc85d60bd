"""Against upgrades that would silently remove a guard: what the guards rely on is looked at.

A library's version is in the range that the guards were tested with, the code that they hook into
still says what they count on, and what can be tried is tried. Otherwise the server doesn't start.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from functools import cache
from importlib.metadata import version
from typing import Any

from engineio.packet import MESSAGE, Packet

from app.config import ConfigError
from app.transport.reliances import RELIANCES, Reliance

TESTED = {
    "python-engineio": "4.15",
    "python-socketio": "5.18",
    "flask-socketio": "5.7",
    "wsproto": "1.3",
    "werkzeug": "3.1",
}


def check_internals() -> None:
    """Raise ConfigError, with a sentence, where a library isn't what the guards rely on."""
    for library, tested in TESTED.items():
        check_version(library, tested)
    check_code(RELIANCES)


def check_code(reliances: Iterable[Reliance]) -> None:
    """Raise ConfigError, with a sentence, where code doesn't say what it must."""
    for code, says in reliances:
        _check(code, says)


def check_counting(new_queue: Callable[[], Any]) -> None:
    """Raise ConfigError where a queue doesn't notice what is put into it and taken from it."""
    queue = new_queue()
    queue.put(Packet(MESSAGE, "a"))
    counts = [(queue.waiting_bytes > 0, queue.put_bytes, queue.taken_bytes)]
    queue.get(block=False)
    counts.append((queue.waiting_bytes > 0, queue.put_bytes, queue.taken_bytes))
    if counts != [(True, 2, 0), (False, 2, 2)]:
        raise ConfigError(_sentence("the queues no longer count what waits in them"))


def check_version(library: str, tested: str) -> None:
    """Raise ConfigError, with a sentence, where a library is not in the tested range."""
    found = version(library)
    if not f"{found}.".startswith(f"{tested}."):
        raise ConfigError(_sentence(f"{library} {found} is not the tested {tested}"))


def _check(code: Callable[..., Any], says: tuple[str, ...]) -> None:
    source = _source(code)
    if missing := [part for part in says if part not in source]:
        name = f"{code.__module__}.{code.__qualname__}"
        raise ConfigError(_sentence(f"{name} no longer says {missing[0].strip()!r}"))


@cache  # it takes long, and code that is loaded doesn't change
def _source(code: Callable[..., Any]) -> str:
    try:
        return inspect.getsource(code)
    except (OSError, TypeError):
        return ""


def _sentence(what: str) -> str:
    return f"The guards can't be trusted: {what}. See docs/security.md, Upgrading a library."
