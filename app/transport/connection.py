"""Every guard of one connection, put together."""

from __future__ import annotations

from app.transport.clock_jumps import SteadyPings
from app.transport.endless_waits import NoEndlessWaits
from app.transport.ends_of_polls import ProperEnds
from app.transport.overlapping_polls import OneAtATime
from app.transport.slow_readers import LimitedBacklog
from app.transport.stuck_upgrades import OneWebSocket


class Connection(OneWebSocket, LimitedBacklog, OneAtATime, ProperEnds, SteadyPings, NoEndlessWaits):
    """Engine.IO's socket, as this server uses it."""
