"""Against running out of file descriptors: new connections are refused before there are none."""

from __future__ import annotations

import resource

from app.config import Config, ConfigError
from app.transport.crowds import Places

MAX_CONNECTIONS = 20_000  # the usual 1,024 can be held by as many silent connections
RESERVED_DESCRIPTORS = 256  # for the database, the models, the logs
MIN_DESCRIPTORS = 2 * RESERVED_DESCRIPTORS
TOO_FEW = f"This process may open {{}} files; it needs {MIN_DESCRIPTORS} (see `ulimit -Hn`)."


def places_for_connections(config: Config) -> Places:
    """Return the places that this process has for TCP connections, raising its limit for them.

    Behind proxies they all come from the proxies' addresses, so only their total counts. Raises
    ConfigError where there are next to none.
    """
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    if most == resource.RLIM_INFINITY:
        most = MAX_CONNECTIONS + RESERVED_DESCRIPTORS
    if most < MIN_DESCRIPTORS:
        raise ConfigError(TOO_FEW.format(most))
    total = min(MAX_CONNECTIONS, most - RESERVED_DESCRIPTORS)
    return Places(None if config.trusted_proxies else config.max_connections_per_address, total)
