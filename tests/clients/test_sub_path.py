"""The address of a server may have a path."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.clients.readers import EVERY, Readers
from tests.support.cast import Cast
from tests.support.database import Database
from tests.support.reverse_proxies import nginx_server
from tests.support.server import Server

pytestmark = [pytest.mark.system, pytest.mark.nginx]


@pytest.fixture(scope="module")
def settings() -> dict[str, str]:
    return {"TRUSTED_PROXIES": "1"}


@pytest.fixture
def url(server: Server, tmp_path: Path) -> Iterator[str]:
    with nginx_server(server.url, tmp_path, below_a_path=True) as url:
        yield url


@pytest.mark.parametrize("ending", ["", "/"])
def test_each_reader_asks_and_prints_the_answer(
    url: str, cast: Cast, database: Database, ending: str
) -> None:
    with closing(Readers(url + ending)) as readers:
        asked = {name: database.conversation(cast.olive) for name in EVERY}
        commands = {
            name: readers.start(name, where, "/tokens 20 /rate 0", token=cast.olive.token)
            for name, where in asked.items()
        }
        ended = {name: (each.wait(), each.errors) for name, each in commands.items()}
        printed = {name: each.output.strip() for name, each in commands.items()}
    assert ended == dict.fromkeys(EVERY, (0, ""))
    for name, where in asked.items():
        assert printed[name] == database.messages(where)[-1].content.strip(), name
