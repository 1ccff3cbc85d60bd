"""Decides who may open a socket, and puts it into the rooms through which it can be closed."""

from __future__ import annotations

import logging
from typing import Any

from flask import g, request
from flask_login import current_user
from flask_socketio import ConnectionRefusedError
from limits import RateLimitItem

from app.auth.identity import API_TOKEN, credential
from app.auth.token_bucket import seconds_until_allowed
from app.config import current_config
from app.database import release
from app.errors import DomainError, RateLimited, Unauthorized, Unavailable
from app.events import rooms
from app.sockets.credentials import credential_uses, expirations

logger = logging.getLogger(__name__)

PROTOCOL = "1"
UNKNOWN_PROTOCOL = f"This server speaks protocol {PROTOCOL} of Midstream only."


def authenticate(sid: str, auth: Any, event_limit: RateLimitItem | None) -> None:
    """Accept a socket by its cookie or token. Raises ConnectionRefusedError for any other."""
    fields = auth if isinstance(auth, dict) else {}
    if str(fields.get("protocol", PROTOCOL)) != PROTOCOL:  # some clients can send strings only
        raise ConnectionRefusedError(UNKNOWN_PROTOCOL)
    try:
        if seconds_until_allowed(rooms.handshake_environ(sid), event_limit):
            raise RateLimited()
        _authenticate(sid, fields)
    except DomainError as error:
        raise ConnectionRefusedError(error.code) from None
    except Exception:
        logger.exception("A socket could not be accepted.")
        raise ConnectionRefusedError(Unavailable.code) from None


def _authenticate(sid: str, fields: dict[str, Any]) -> None:
    if "token" in fields:
        request.environ[API_TOKEN] = str(fields["token"])
    if not current_user.is_authenticated:
        raise Unauthorized()
    for room in (g.credential.room, current_user.room):
        rooms.enter(sid, room)
    expirations.add(request.environ, g.credential.expires_at)
    if len(rooms.sockets(current_user.room)) > current_config().max_connections_per_user:
        raise RateLimited()
    release()
    # The credential may have ended before the socket was in its rooms. If it ends after this check,
    # the socket is in the room that is then disconnected.
    if (valid := credential()) is None:
        raise Unauthorized()
    credential_uses.add(valid)
