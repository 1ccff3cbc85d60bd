"""Decides who may open a socket, and puts it into the rooms through which it can be closed."""

from __future__ import annotations

import logging
from typing import Any

from flask import request
from flask_socketio import ConnectionRefusedError
from limits import RateLimitItem

from app.auth.identity import API_TOKEN, SHARE, SocketUser, remember
from app.auth.revocations import revocations
from app.auth.token_bucket import seconds_until_allowed
from app.config import current_config
from app.errors import DomainError, RateLimited, ShuttingDown, Unauthorized, Unavailable
from app.events import rooms
from app.models.user import user_room
from app.replies import current_runtime
from app.sockets import strangers
from app.sockets.credentials import credential_uses, expirations

logger = logging.getLogger(__name__)

PROTOCOL = "1"
UNKNOWN_PROTOCOL = f"This server speaks protocol {PROTOCOL} of Midstream only."


def authenticate(sid: str, auth: Any, event_limit: RateLimitItem | None) -> None:
    """Accept a socket by its cookie, token or share link; raises ConnectionRefusedError."""
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
    if current_runtime().refuses_sockets:
        raise ShuttingDown()
    environ = request.environ
    environ.pop(SHARE, None)
    if "share" in fields:
        return strangers.admit(sid, str(fields["share"]))
    if "token" in fields:
        environ[API_TOKEN] = str(fields["token"])
    user = _known_user(environ)
    for room in (user.credential.room, user_room(user.id), rooms.EVERYBODY):
        rooms.enter(sid, room)
    expirations.add(environ, user.credential.expires_at)
    if rooms.count(user_room(user.id)) > current_config().max_connections_per_user:
        raise RateLimited()
    # If sockets were closed before this one was in its rooms, its credential may have ended. What
    # ends from now on closes this one, too.
    if revocations.may_have_missed(user.looked_up_at):
        user = _known_user(environ)
    credential_uses.add(user.credential)


def _known_user(environ: dict[str, Any]) -> SocketUser:
    user = remember(environ)
    if user is None:
        raise Unauthorized()
    return user
