"""Who may open a socket, and by which rooms it is found when that ends."""

from __future__ import annotations

import logging
from typing import Any

from flask import g, request
from flask_login import current_user
from flask_socketio import ConnectionRefusedError
from limits import RateLimitItem

from app.auth.identity import API_TOKEN, credential
from app.auth.token_bucket import spend
from app.database import release
from app.errors import DomainError, RateLimited, Unauthorized, Unavailable
from app.events import emit
from app.replies import current_runtime
from app.sockets.expiring import CREDENTIAL
from app.sockets.last_used import last_used

logger = logging.getLogger(__name__)

PROTOCOL = "1"
UNKNOWN_PROTOCOL = f"This server speaks protocol {PROTOCOL} of Midstream alone."


def authenticate(sid: str, auth: Any, allowed: RateLimitItem | None) -> None:
    """Accept a socket by its cookie or token; raises ConnectionRefusedError for any other."""
    said = auth if isinstance(auth, dict) else {}
    if str(said.get("protocol", PROTOCOL)) != PROTOCOL:  # some clients send strings only
        raise ConnectionRefusedError(UNKNOWN_PROTOCOL)
    try:
        if spend(emit.handshake(sid), allowed):
            raise RateLimited()
        _authenticate(sid, said)
    except DomainError as error:
        raise ConnectionRefusedError(error.code) from None
    except Exception:
        logger.exception("A reader could not be let in.")
        raise ConnectionRefusedError(Unavailable.code) from None


def _authenticate(sid: str, said: dict[str, Any]) -> None:
    if "token" in said:
        request.environ[API_TOKEN] = str(said["token"])
    if not current_user.is_authenticated:
        raise Unauthorized()
    request.environ[CREDENTIAL] = (type(g.credential), g.credential.id)
    for room in (g.credential.room, current_user.room):
        emit.enter(sid, room)
    if len(emit.sockets(current_user.room)) > current_runtime().config.max_connections_per_user:
        raise RateLimited()
    release()
    if (still_good := credential()) is None:  # whatever ends from here on finds it in its rooms
        raise Unauthorized()
    last_used.add(still_good)
