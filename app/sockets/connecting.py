"""Who may open a socket, and by which rooms it is found when that ends."""

from __future__ import annotations

from typing import Any

from flask import g, request
from flask_login import current_user
from flask_socketio import ConnectionRefusedError

from app.database import release
from app.identity import API_TOKEN, credential
from app.replies import current_runtime
from app.sockets import out
from app.sockets.last_used import last_used

PROTOCOL = "1"
UNKNOWN_PROTOCOL = f"This server speaks protocol {PROTOCOL} of Midstream alone."
UNAUTHORIZED = "unauthorized"
CROWDED = "rate_limited"


def authenticate(sid: str, auth: Any) -> None:
    """Accept a socket by its cookie or token; raises ConnectionRefusedError for any other."""
    said = auth if isinstance(auth, dict) else {}
    if str(said.get("protocol", PROTOCOL)) != PROTOCOL:  # some clients send strings only
        raise ConnectionRefusedError(UNKNOWN_PROTOCOL)
    if "token" in said:
        request.environ[API_TOKEN] = str(said["token"])
    if not current_user.is_authenticated:
        raise ConnectionRefusedError(UNAUTHORIZED)
    for room in (g.credential.room, current_user.room):
        out.enter(sid, room)
    if len(out.sockets(current_user.room)) > current_runtime().config.max_connections_per_user:
        raise ConnectionRefusedError(CROWDED)
    release()
    if (still_good := credential()) is None:  # whatever ends from here on finds it in its rooms
        raise ConnectionRefusedError(UNAUTHORIZED)
    last_used.add(still_good)
