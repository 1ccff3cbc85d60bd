"""What the faults share: servers on databases of their own, witnesses, and the final check."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults.figures import Figures
from tests.faults.scene import Scene
from tests.support.cast import Cast
from tests.support.records import Records
from tests.system.conftest import cast, database_url, folder, records, start_server

__all__ = ["cast", "database_url", "folder", "records", "start_server"]


@pytest.fixture(scope="session")
def figures(pytestconfig: pytest.Config) -> Figures:
    """How often to make a fault, and where to note what came of it."""
    plugins = pytestconfig.pluginmanager.get_plugins()
    found = [getattr(plugin, "figures", None) for plugin in plugins]
    return next((each for each in found if isinstance(each, Figures)), Figures())


@pytest.fixture
def scene(records: Records, cast: Cast) -> Iterator[Scene]:
    """Witnesses of one database, who leave in the end."""
    with Scene(records, cast) as scene:
        yield scene
