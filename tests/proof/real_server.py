"""The app's own functions on a real database, with the memory of two processes.

Background tasks run at once or when the state machine decides; leases use a fake clock; events are
intercepted where the app emits them, after they have been addressed to a room. Sockets, greenlets
and networks are real in tests/system.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask_socketio import SocketIOTestClient

from app.database import read
from app.events import emit, rooms
from app.extensions import socketio
from app.models.conversation import room_of
from app.sockets import joins
from tests.proof.interfaces import Between, Deliver, Packet
from tests.proof.real_answers import RealAnswers
from tests.support import asyncapi


class RealServer(RealAnswers):
    """One conversation and its readers; `reset` creates another, on the same database."""

    def __init__(self, folder: Path, monkeypatch: Any, database_url: str | None = None) -> None:
        super().__init__(folder, monkeypatch, database_url)
        self.between = Between()
        self.delivers: dict[str, Deliver] = {}
        monkeypatch.setattr(joins, "GATHER_SECONDS", 0)
        monkeypatch.setattr(joins, "read", self._read)
        monkeypatch.setattr(emit, "_emit", self._emit)

    def reset(self) -> RealServer:
        """Create another conversation, without readers."""
        self.between = Between()
        self.clients: dict[int, SocketIOTestClient] = {}
        self.delivers.clear()
        self.begin()
        return self

    def connect(self, reader: int, deliver: Deliver) -> None:
        """Sign in a reader's socket."""
        client = SocketIOTestClient(
            self.app, socketio, namespace=rooms.NAMESPACE, auth={"token": self.token}
        )
        self.clients[reader] = client
        sid = socketio.server.manager.sid_from_eio_sid(client.eio_sid, rooms.NAMESPACE)
        self.delivers[sid] = deliver

    def disconnect(self, reader: int) -> None:
        """Disconnect a reader."""
        self.clients.pop(reader).disconnect(namespace=rooms.NAMESPACE)

    def join(self, reader: int, request: dict[str, Any], between: Between) -> dict[str, Any]:
        """Have the namespace's handler serve a join."""
        self.between = between
        ack = self.clients[reader].emit("join", request, namespace=rooms.NAMESPACE, callback=True)
        assert ack["ok"], ack
        asyncapi.watch_request("join", request, ack)
        return dict(ack)

    def _read(self, work: Callable[[], Any]) -> Any:
        """Read for a join, with something happening right before and right after it."""
        self._happen(self.between.before_read)
        result = read(work)
        self._happen(self.between.after_read)
        return result

    def _happen(self, actions: list[Callable[[], None]]) -> None:
        with self.app.app_context():
            self.between.happen(actions)

    def _emit(self, event: str, payload: Any, local_room: str | None = None) -> None:
        sent = json.loads(json.dumps(payload))
        room = local_room or room_of(sent["conversation"])
        asyncapi.watch_event(event, sent)
        for sid in rooms.sockets(room):
            self.delivers[sid](Packet(event, sent, in_order=local_room is not None))

    def close(self) -> None:
        """Disconnect all readers and delete the conversation."""
        for reader in list(self.clients):
            self.disconnect(reader)
        self.end()
