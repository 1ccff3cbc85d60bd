"""Fixtures of the fault tests: servers with a database each, observers, and the final check.

A full run causes every fault on SQLite and on PostgreSQL, unless a test file has ENGINES of its
own. `bin/test` takes the first of them.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from tests.faults.figures import Figures
from tests.faults.log_reading import failing, troubles, wait_until_it_works_again
from tests.faults.scenario import Scenario
from tests.support.cast import Cast
from tests.support.database import Database
from tests.support.server import ADDRESS, Server
from tests.support.services import Cluster, postgres_cluster
from tests.support.shared_postgres import TEMPLATE, migrate
from tests.system.conftest import cast, database, folder
from tests.system.conftest import start_server as start_any_server

__all__ = ["cast", "database", "folder", "start_any_server"]

ENGINES = ("sqlite", "postgresql")
NUMBERS = count(1)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test on each engine."""
    if "engine" in metafunc.fixturenames:
        engines = getattr(metafunc.module, "ENGINES", ENGINES)
        chosen = engines if figures_of(metafunc.config).is_full else engines[:1]
        metafunc.parametrize("engine", chosen, scope="module", indirect=True)


def figures_of(config: pytest.Config) -> Figures:
    """Return how often to cause each fault, and the results for the table."""
    plugins = config.pluginmanager.get_plugins()
    found = [getattr(plugin, "figures", None) for plugin in plugins]
    return next((each for each in found if isinstance(each, Figures)), Figures())


@pytest.fixture(autouse=True)
def clear_logs(tmp_path: Path, folder: Path) -> Iterator[None]:
    """At the end of each test an operator must be able to make sense of its servers' logs: what has
    failed works again, and they say so."""
    yield
    paths = [path for each in (tmp_path, folder) for path in each.glob("*.log")]
    logs = [path.read_text("utf-8", "replace") for path in paths]
    for log in logs:
        if ADDRESS.search(log):  # a server's
            assert troubles(log) == []
            assert failing(log) == []


@pytest.fixture
def start_server(start_any_server: Callable[..., Server]) -> Iterator[Callable[..., Server]]:
    """Start servers on the test's database. Those that run at its end go on until all works again:
    a lock, for example, may still be waited for when the test has seen what it wants."""
    servers: list[Server] = []

    def start(**settings: str) -> Server:
        servers.append(start_any_server(**settings))
        return servers[-1]

    yield start
    for server in servers:
        if server.is_running:
            wait_until_it_works_again(server)


@pytest.fixture(scope="session")
def figures(pytestconfig: pytest.Config) -> Figures:
    """How often to cause each fault, and the results for the table."""
    return figures_of(pytestconfig)


@pytest.fixture(scope="module")
def engine(request: pytest.FixtureRequest, figures: Figures) -> Iterator[str]:
    """The kind of database."""
    figures.on = " (PostgreSQL)" if request.param == "postgresql" else ""
    yield request.param
    figures.on = ""


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A PostgreSQL that tests may stop; TEMPLATE is a database there as `flask db upgrade` makes
    it."""
    with postgres_cluster() as cluster:
        migrate(cluster.database(TEMPLATE))
        yield cluster


@pytest.fixture(scope="module")
def database_url(request: pytest.FixtureRequest, engine: str, folder: Path) -> str:
    """The URL of a database that the tests of a file share."""
    if engine == "postgresql":
        cluster: Cluster = request.getfixturevalue("cluster")
        return cluster.database(f"faults{next(NUMBERS)}", TEMPLATE)
    blank = request.getfixturevalue("blank_database")
    return f"sqlite:///{shutil.copy(blank, folder / 'midstream.sqlite3')}"


@pytest.fixture
def scenario(database: Database, cast: Cast) -> Iterator[Scenario]:
    """Observers of one database; closed at the end."""
    with Scenario(database, cast) as scenario:
        yield scenario
