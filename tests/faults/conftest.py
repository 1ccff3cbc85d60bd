"""What the faults share: servers on databases of their own, witnesses, and the final check."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults.figures import Figures
from tests.faults.scenario import Scenario
from tests.support.cast import Cast
from tests.support.database import Database
from tests.system.conftest import cast, database, database_url, folder, start_server

__all__ = ["cast", "database_url", "folder", "database", "start_server"]


@pytest.fixture(scope="session")
def figures(pytestconfig: pytest.Config) -> Figures:
    """How often to make a fault, and where to note what came of it."""
    plugins = pytestconfig.pluginmanager.get_plugins()
    found = [getattr(plugin, "figures", None) for plugin in plugins]
    return next((each for each in found if isinstance(each, Figures)), Figures())


@pytest.fixture
def scenario(database: Database, cast: Cast) -> Iterator[Scenario]:
    """Witnesses of one database, who leave in the end."""
    with Scenario(database, cast) as scenario:
        yield scenario
