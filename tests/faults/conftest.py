"""Fixtures of the fault tests: servers with a database each, observers, and the final check."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.figures import Figures
from tests.faults.log_reading import troubles
from tests.faults.scenario import Scenario
from tests.support.cast import Cast
from tests.support.database import Database
from tests.system.conftest import cast, database, database_url, folder, start_server

__all__ = ["cast", "database", "database_url", "folder", "start_server"]


@pytest.fixture(autouse=True)
def clear_logs(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[None]:
    """At the end of each test an operator must be able to make sense of its servers' logs."""
    yield
    if request.node.get_closest_marker("unclear_log"):
        return
    for log in sorted(tmp_path.glob("server*.log")):
        assert troubles(log.read_text("utf-8", "replace")) == []


@pytest.fixture(scope="session")
def figures(pytestconfig: pytest.Config) -> Figures:
    """How often to cause each fault, and the results for the table."""
    plugins = pytestconfig.pluginmanager.get_plugins()
    found = [getattr(plugin, "figures", None) for plugin in plugins]
    return next((each for each in found if isinstance(each, Figures)), Figures())


@pytest.fixture
def scenario(database: Database, cast: Cast) -> Iterator[Scenario]:
    """Observers of one database; closed at the end."""
    with Scenario(database, cast) as scenario:
        yield scenario
