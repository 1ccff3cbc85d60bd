"""Strangers with a share link: their sockets may join what the link shows, and nothing else.

They are signed in as nobody, so that every other request is refused. They are in no room of a
conversation or a user, only in those of their link.
"""

from __future__ import annotations

import time
from typing import Any

from flask import request

from app.addresses import network_of
from app.auth import rate_limits
from app.auth.identity import SHARE
from app.auth.revocations import revocations
from app.config import current_config
from app.errors import NotFound, RateLimited, Unauthorized
from app.events import rooms
from app.models.share import FoundShare, Share
from app.schemas import Join
from app.sockets.acknowledgements import Ack
from app.sockets.catch_up import CatchUp
from app.sockets.credentials import expirations
from app.sockets.joins import JoinCoalescer, JoinGroup, send
from app.sockets.shared_catch_up import read_shared

STRANGERS = "strangers"  # the room of all of them


def admit(sid: str, secret: str) -> None:
    """Accept a socket by the secret of a share link; raises Unauthorized and RateLimited."""
    environ = request.environ
    rate_limits.hit("share", network_of(request.remote_addr))
    at = time.monotonic()  # before the database is asked: what is revoked from now on may be missed
    share = environ[SHARE] = _found(secret)
    rooms.enter(sid, share.room)
    rooms.enter(sid, STRANGERS)
    expirations.add(environ, share.expires_at)
    _check_room_for_another(share)
    if revocations.may_have_missed(at):
        _found(secret)


def share_of(environ: dict[str, Any]) -> FoundShare | None:
    """Return the link with which a stranger has opened a socket; None for a user's socket."""
    return environ.get(SHARE)


def join(joins: JoinCoalescer, sid: str, share: FoundShare, join: Join) -> Ack:
    """Send a stranger what it lacks of what the link shows, and let it follow that."""
    rate_limits.hit("share", network_of(request.remote_addr))
    if join.conversation != share.public_id:
        raise NotFound()
    catch_up = joins.catch_up_in(
        share.view_room, sid, share.id, join, lambda group: _serve(group, share)
    )
    return {**catch_up.conversation, **({"reload": True} if catch_up.reload else {})}


def _found(secret: str) -> FoundShare:
    share = Share.find(secret)
    if share is None:
        raise Unauthorized()
    return share


def _check_room_for_another(share: FoundShare) -> None:
    """Raise RateLimited where there are too many strangers, for this link or for all."""
    config = current_config()
    if (
        rooms.count(share.room) > config.max_connections_per_share
        or rooms.count(STRANGERS) > config.max_connections_of_strangers
    ):
        raise RateLimited()


def _serve(group: JoinGroup, share: FoundShare) -> CatchUp | None:
    """Read what a group of strangers lacks, and send it: as for users, first the room, then the
    read, whose transaction decides whether the link can still be used."""
    group.admit({share.id})
    catch_up = read_shared(share, group.join)
    if catch_up is None:
        group.refuse_others(())
        return None
    send(catch_up, group.room)
    return catch_up
