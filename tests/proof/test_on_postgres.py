"""The state machine on PostgreSQL: a few interleavings in `bin/test`, in `bin/test-faults` as many
as on SQLite."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis.stateful import run_state_machine_as_test

from app.extensions import db
from tests.faults.conftest import figures_of
from tests.proof.hypothesis_settings import random_search
from tests.proof.machine import NOTHING_LOST, focused
from tests.proof.real_server import RealServer
from tests.proof.test_real import driver, machine, readers

__all__ = ["driver", "machine", "readers"]

pytestmark = [pytest.mark.proof, pytest.mark.postgres, pytest.mark.timeout(300)]

STEPS = 25


@pytest.fixture(scope="module")
def database_url(empty_postgres: str) -> str:
    return empty_postgres


@pytest.fixture
def server(tmp_path, monkeypatch, database_url) -> Iterator[RealServer]:
    server = RealServer(tmp_path, monkeypatch, database_url)
    yield server
    with server.app.app_context():
        db.engine.dispose()


@pytest.fixture
def examples(pytestconfig) -> int:
    return figures_of(pytestconfig).count(4, 120)


def test_every_reader_shows_a_prefix_in_calm_the_whole_and_joins_once_if_nothing_is_lost(
    machine, examples
) -> None:
    for explored in (machine, focused(machine, *NOTHING_LOST)):
        run_state_machine_as_test(explored, settings=random_search(examples, STEPS))
