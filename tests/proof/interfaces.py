"""What the state machine drives: two server processes on one database, and remote readers.

`model_server.py` implements `Server` in some 100 lines that can be understood at a glance;
`real_server.py` drives the app's own functions on a real database.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

PROCESSES = 2

Deliver = Callable[["Packet"], None]
Interruption = Callable[[], None]


@dataclass(frozen=True)
class Packet:
    """A packet in flight to a reader.

    What a join sends and its acknowledgement leave the server together on one connection, so
    they arrive in order or not at all: `in_order`. A broadcast packet may come from another
    server; it may be lost, duplicated or reordered.
    """

    event: str
    data: dict[str, Any]
    in_order: bool = False


@dataclass(frozen=True)
class Truth:
    """A message as the database holds it now."""

    id: str
    position: int
    seq: int
    status: str
    content: str
    thinking: str


class Server(Protocol):
    """Two processes that serve one conversation from one database."""

    def connect(self, reader: int, deliver: Deliver) -> None: ...
    def disconnect(self, reader: int) -> None: ...
    def join(self, reader: int, request: dict[str, Any], between: Between) -> dict[str, Any]: ...
    def ask(self, process: int) -> None: ...
    def retry(self, process: int) -> None: ...
    def edit(self, process: int, which: int) -> None: ...
    def choose(self, process: int, which: int, version: int) -> None: ...
    def stop(self, process: int) -> None: ...
    def receive(self, process: int, content: str, thinking: str) -> None: ...
    def finish(self, process: int) -> None: ...
    def flush(self, process: int) -> None: ...
    def crash(self, process: int) -> None: ...
    def sweep(self, processes: Sequence[int]) -> None: ...
    def truth(self) -> dict[str, Truth]: ...
    def committed(self) -> dict[str, Truth]: ...
    def close(self) -> None: ...


@dataclass
class Between:
    """What happens elsewhere while a join is served."""

    before_read: list[Interruption] = field(default_factory=list)
    after_read: list[Interruption] = field(default_factory=list)

    def happen(self, actions: list[Interruption]) -> None:
        """Run each of these once."""
        while actions:
            actions.pop(0)()


class Reader(Protocol):
    """A reader that follows the protocol's rule."""

    def take(self, event: str, data: dict[str, Any]) -> None: ...
    def joined(self, ack: dict[str, Any]) -> None: ...
    def forget(self) -> None: ...
    def joining(self) -> dict[str, Any]: ...

    @property
    def must_rejoin(self) -> bool: ...

    def shown(self) -> dict[str, dict[str, Any]]: ...
