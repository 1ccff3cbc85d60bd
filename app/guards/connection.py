"""Every guard of one connection, put together."""

from __future__ import annotations

from app.guards.clock_jumps import SteadyPings
from app.guards.endless_waits import NoEndlessWaits
from app.guards.ends_of_polls import ProperEnds
from app.guards.overlapping_polls import OneAtATime
from app.guards.slow_readers import LimitedBacklog
from app.guards.stuck_upgrades import OneWebSocket


class Connection(OneWebSocket, LimitedBacklog, OneAtATime, ProperEnds, SteadyPings, NoEndlessWaits):
    """Engine.IO's socket, as this server uses it."""
