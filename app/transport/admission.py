"""Who may connect and stay: origins, connection limits, the sign-in deadline, and late arrivals.

`Admission` wraps the three handlers that Socket.IO registers with Engine.IO, once each.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from werkzeug.wsgi import get_host

from app.transport.connection_limit import ConnectionLimit
from app.transport.delayed_calls import DelayedCalls
from app.transport.packets import MalformedPacket

CredentialOf = Callable[[dict[str, Any]], str | None]


def is_own_origin(origin: str | None, environ: dict[str, Any]) -> bool:
    """Return whether an Origin header is this app's: its scheme, its host, its port.

    By itself Engine.IO also believes X-Forwarded-Host, which anybody can send. Where there are
    proxies, TRUSTED_PROXIES says so, and werkzeug's ProxyFix has put the outer address here.
    """
    own = f"{environ['wsgi.url_scheme']}://{get_host(environ)}"  # without a default port
    return origin is not None and origin == own.lower()


class Admission:
    """Admits Engine.IO sessions and their packets to a Socket.IO server."""

    def __init__(
        self,
        server: Any,
        namespace: str,
        *,
        per_address: int,
        sign_in_seconds: float,
        credential_of: CredentialOf = lambda _environ: None,
    ) -> None:
        self._namespace = namespace
        self._engine = server.eio
        self._manager = server.manager
        self._limit = ConnectionLimit(per_address)
        self._addresses: dict[str, str] = {}  # by session id
        self._credential_of = credential_of
        self._credentials: dict[str, str | None] = {}  # of handshakes, by session id
        self._deadlines = SignInDeadlines(server, namespace, sign_in_seconds)
        self._connect = self._engine.handlers["connect"]
        self._disconnect = self._engine.handlers["disconnect"]
        self._handle = self._engine.handlers["message"]

    def install(self) -> None:
        """Register the handlers instead of Socket.IO's."""
        self._engine.on("connect", self.on_connect)
        self._engine.on("disconnect", self.on_disconnect)
        self._engine.on("message", self.on_message)

    def on_connect(self, session_id: str, environ: dict[str, Any]) -> Any:
        """Admit a session unless its address has too many; what is returned refuses it.

        Sessions are limited, not only connections: one that polls holds no connection.
        """
        address = environ.get("REMOTE_ADDR", "")
        if not self._limit.acquire(address):
            return "There are too many connections from this address."
        self._addresses[session_id] = address
        self._credentials[session_id] = self._credential_of(environ)
        self._deadlines.add(session_id)
        return self._connect(session_id, environ)

    def on_disconnect(self, session_id: str, reason: str) -> None:
        """Free the session's place."""
        self._credentials.pop(session_id, None)
        address = self._addresses.pop(session_id, None)
        if address is not None:  # two threads may close a session at once
            self._limit.release(address)
        self._disconnect(session_id, reason)

    def is_of_its_browser(self, session_id: str, environ: dict[str, Any]) -> bool:
        """Return whether a request for a session has the cookie of the session's handshake.

        The id of a session that polls is in its address, which proxies log: alone it must not let
        anybody read on, nor send.
        """
        if session_id not in self._credentials:
            return True  # there is no such session, which Engine.IO will say
        return self._credentials[session_id] == self._credential_of(environ)

    def on_message(self, session_id: str, data: Any) -> None:
        """Handle a packet; a malformed one closes the session.

        The session may end while somebody is admitted on it. By itself Socket.IO then fails with a
        traceback in the log, or keeps that socket for ever, counted among its user's connections.
        """
        try:
            if not data:
                raise MalformedPacket("empty")
            self._handle(session_id, data)
        except MalformedPacket:
            self._engine.disconnect(session_id)
        except KeyError:
            if self._is_open(session_id):
                raise
        finally:
            if not self._is_open(session_id):
                self._forget(session_id)

    def _is_open(self, session_id: str) -> bool:
        session = self._engine.sockets.get(session_id)
        return session is not None and not session.closing

    def _forget(self, session_id: str) -> None:
        sid = self._manager.sid_from_eio_sid(session_id, self._namespace)
        if sid is not None:
            self._manager.disconnect(sid, self._namespace, ignore_queue=True)


class SignInCheck(NamedTuple):
    """A session to be checked, and whether it was signed in the last time."""

    session_id: str
    was_signed_in: bool


class SignInDeadlines:
    """Closes sessions that are not signed in to the namespace.

    Each session is checked again and again, `seconds` apart, and closed when it was signed in
    neither this time nor the time before; a new one is closed at its first check. By itself
    Engine.IO keeps a connection that only answers pings for ever.
    """

    def __init__(self, server: Any, namespace: str, seconds: float) -> None:
        self._server = server
        self._namespace = namespace
        self.checks = DelayedCalls(server, seconds, self._try)

    def add(self, session_id: str) -> None:
        """Give a new session its time to sign in."""
        self.checks.add(SignInCheck(session_id, was_signed_in=False))

    def _try(self, check: SignInCheck) -> None:
        """Check a session; after an error check it again."""
        try:
            self._check(check)
        except Exception:
            self.checks.add(check)
            raise

    def _check(self, check: SignInCheck) -> None:
        if check.session_id not in self._server.eio.sockets:
            return
        is_signed_in = self._is_signed_in(check.session_id)
        if is_signed_in or check.was_signed_in:
            self.checks.add(SignInCheck(check.session_id, is_signed_in))
        else:
            self._server.eio.disconnect(check.session_id)

    def _is_signed_in(self, session_id: str) -> bool:
        manager = self._server.manager
        sid = manager.sid_from_eio_sid(session_id, self._namespace)
        return sid is not None and bool(manager.is_connected(sid, self._namespace))
