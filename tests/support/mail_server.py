"""A real mail server, which keeps what it gets."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult


class Inbox:
    """What a server has got; `refusals` are its next answers to recipients."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.recipients: list[str] = []
        self.was_encrypted: list[bool] = []
        self.refusals: list[str] = []

    async def handle_RCPT(
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        """Accept a recipient, or not."""
        self.recipients.append(address)
        if self.refusals:
            return self.refusals.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, _session: Any, envelope: Any) -> str:
        """Keep a message."""
        self.was_encrypted.append(server.transport.get_extra_info("ssl_object") is not None)
        message = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        self.messages.append(message)
        return "250 OK"


@contextmanager
def mail_server(
    inbox: Inbox,
    context: ssl.SSLContext | None = None,
    *,
    tls: bool = False,
    password: str | None = None,
) -> Iterator[int]:
    """Serve on a free port, which is yielded: with TLS from the first byte, or with STARTTLS where
    there is a context; a password makes signing in required."""

    def authenticate(_server: Any, _session: Any, _envelope: Any, _how: str, data: Any) -> Any:
        return AuthResult(success=data.password.decode() == password)

    options: dict[str, Any] = {"ssl_context": context} if tls else {"tls_context": context}
    if password:
        options |= {"authenticator": authenticate, "auth_required": True}
        options |= {"auth_require_tls": not tls}
    controller = _AnyPort(inbox, hostname="127.0.0.1", port=0, **options)
    controller.start()
    try:
        yield controller.server.sockets[0].getsockname()[1]
    finally:
        controller.stop()


class _AnyPort(Controller):
    """Starts on any free port, and closes its connections before it stops."""

    def stop(self, no_assert: bool = False) -> None:
        """Close and stop."""
        asyncio.run_coroutine_threadsafe(self._close(), self.loop).result(timeout=20)
        super().stop(no_assert)

    async def _close(self) -> None:
        self.server.close()
        while open_connections := self._connections():
            for connection in open_connections:
                connection.abort()
            await asyncio.sleep(0.01)  # in which the loop closes their sockets

    def _connections(self) -> list[Any]:
        """Return those whose sockets are open, also if they still shake hands."""
        transports: Any = self.loop._transports  # type: ignore[attr-defined]
        return [each for each in transports.values() if each._sock is not None]

    def _trigger_server(self) -> None:
        """Connect to it, so that it is known to run: not to port 0."""
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()
