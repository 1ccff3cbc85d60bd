"""What is counted, and logged, of each join."""

from __future__ import annotations

import logging
import time

from app import counts
from app.events import rooms
from app.logs import about
from app.models.conversation import room_of
from app.schemas import Join
from app.sockets.catch_up import CatchUp

logger = logging.getLogger(__name__)


def kind_of(sid: str, followed: str, join: Join) -> str:
    """Return which kind of join this is, before it has changed anything."""
    if followed != room_of(join.conversation):
        return "stranger"
    if rooms.is_in(sid, followed):
        return "gap"
    return "resumed" if join.after or join.have else "first"


def note_join(kind: str, join: Join, catch_up: CatchUp, began: float) -> None:
    """Count and log a join that began at this time of the monotonic clock."""
    seconds = time.monotonic() - began
    counts.JOINS.add(kind)
    counts.JOIN_SECONDS.note(seconds)
    about(
        logger,
        "join",
        kind=kind,
        after=join.after,
        held=len(join.have),
        messages=len(catch_up.messages),
        entries=sum(state["seq"] - state["since"] for state in catch_up.states),
        reload=catch_up.reload,
        ms=round(1000 * seconds, 1),
    )
