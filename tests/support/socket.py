"""A Socket.IO client in this process: an event is handled before `ask` returns."""

from __future__ import annotations

from contextvars import Context
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from flask_socketio import SocketIOTestClient

from app.events.rooms import NAMESPACE
from app.extensions import socketio
from tests.support import asyncapi

Event = tuple[str, dict[str, Any]]


class Socket:
    """Signed in with a token, or with a browser's cookie; or a stranger's, with a share link.

    All that is sent and received is checked against docs/asyncapi.yaml.
    """

    def __init__(
        self,
        app: Flask,
        token: object = None,
        browser: FlaskClient | None = None,
        *,
        share: str | None = None,
    ) -> None:
        auth = None if token is None else {"token": token}
        if share is not None:
            auth = {"share": share}
        self._client = Context().run(
            SocketIOTestClient,
            app,
            socketio,
            namespace=NAMESPACE,
            auth=auth,
            flask_test_client=browser,
        )

    @property
    def is_connected(self) -> bool:
        """Return whether it was accepted and not disconnected since."""
        return bool(self._client.is_connected(NAMESPACE))

    @property
    def sid(self) -> str:
        """Return the server's id of this socket."""
        return str(socketio.server.manager.sid_from_eio_sid(self._client.eio_sid, NAMESPACE))

    def ask(self, event: str, *payload: Any) -> dict[str, Any]:
        """Send an event and return its acknowledgement."""
        ack = self.ask_anything(event, *payload)
        asyncapi.watch_request(event, payload[0] if payload else None, ack)
        return ack

    def ask_anything(self, event: str, *payload: Any) -> dict[str, Any]:
        """Send an event that docs/asyncapi.yaml may not allow."""
        emit = self._client.emit
        # beside the test's own app context, which would let all requests share one `g`
        return dict(Context().run(emit, event, *payload, namespace=NAMESPACE, callback=True))

    def join(self, conversation: str, **more: Any) -> dict[str, Any]:
        """Join a conversation, which must succeed."""
        ack = self.ask("join", {"conversation": conversation, **more})
        assert ack["ok"], ack
        return ack

    def received(self) -> list[Event]:
        """Return the events since the last call."""
        events = [_event(**each) for each in self._client.get_received(NAMESPACE)]
        for name, data in events:
            asyncapi.watch_event(name, data)
        return events

    def names(self) -> list[str]:
        """Return the names of the events since the last call."""
        return [name for name, _data in self.received()]


def _event(name: str, args: Any, namespace: str) -> Event:
    """Return an event; the test client unpacks `message` in its own way."""
    return name, args if name == "message" else args[0]
