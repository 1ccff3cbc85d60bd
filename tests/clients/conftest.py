"""What the tests of the clients share: a server, a network before it, and an answer on its way."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.clients.journey import Journey
from tests.support.cast import Cast
from tests.support.proxy import Proxy
from tests.support.reader import Reader
from tests.support.records import Records
from tests.support.server import Server
from tests.system.conftest import (
    cast,
    database_url,
    folder,
    read,
    records,
    server,
    server_url,
    settings,
)

__all__ = ["cast", "database_url", "folder", "read", "records", "server", "server_url", "settings"]


@pytest.fixture
def proxy(server: Server) -> Iterator[Proxy]:
    """A network between a client and the server."""
    proxy = Proxy(server.url)
    yield proxy
    proxy.close()


@pytest.fixture
def journey(proxy: Proxy, cast: Cast, records: Records, read: Callable[..., Reader]) -> Journey:
    """The way that every client has to go."""
    return Journey(proxy, cast, records, read)
