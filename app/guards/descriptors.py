"""Against running out of file descriptors: new connections are refused before there are none."""

from __future__ import annotations

import resource

from app.config import Config
from app.guards.crowds import Places

MAX_CONNECTIONS = 20_000  # the usual 1,024 can be held by as many silent connections
RESERVED_DESCRIPTORS = 256  # for the database, the models, the logs


def places_for_connections(config: Config) -> Places:
    """Return the places that this process has for TCP connections, raising its limit for them.

    Behind proxies they all come from the proxies' addresses, so only their total counts.
    """
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    total = (
        MAX_CONNECTIONS
        if most == resource.RLIM_INFINITY
        else min(MAX_CONNECTIONS, most - RESERVED_DESCRIPTORS)
    )
    return Places(None if config.trusted_proxies else config.max_connections_per_address, total)
