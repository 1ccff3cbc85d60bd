"""The model server and the Python reader, under thousands of interleavings a minute."""

from __future__ import annotations

import pytest
from hypothesis.stateful import run_state_machine_as_test

from midstream.early import EarlyEvents
from midstream.rule import MessageLog
from tests.proof.hypothesis_settings import random_search, until_first_failure
from tests.proof.machine import NOTHING_LOST, READERS, Midstream, focused
from tests.proof.model_message import CONVERSATION
from tests.proof.model_server import ModelServer
from tests.proof.python_reader import PythonReader
from tests.proof.text_source import CLUSTERS, clusters_cut

pytestmark = pytest.mark.proof

MANY = random_search(examples=400, steps=40)
UNTIL_CAUGHT = until_first_failure(examples=2000, steps=15)


@pytest.fixture
def cut(monkeypatch) -> set[str]:
    """The clusters of which one entry of a log holds the beginning and the next the rest."""
    cut: set[str] = set()
    append = ModelServer._append

    def watch(self, answer, content, thinking) -> None:
        if answer.log:
            cut.update(clusters_cut(answer.log[-1][0], content))
        append(self, answer, content, thinking)

    monkeypatch.setattr(ModelServer, "_append", watch)
    return cut


def machine(faults: frozenset[str] = frozenset()) -> type[Midstream]:
    class ModelAndPython(Midstream):
        make_server = staticmethod(lambda: ModelServer(faults))
        make_readers = staticmethod(lambda: [PythonReader(CONVERSATION) for _ in range(READERS)])

    return ModelAndPython


def test_every_reader_shows_a_prefix_and_in_calm_the_whole(cut) -> None:
    run_state_machine_as_test(machine(), settings=MANY)
    assert cut == set(CLUSTERS), "some cluster was never cut"


def test_one_join_is_enough_if_nothing_is_lost() -> None:
    run_state_machine_as_test(focused(machine(), *NOTHING_LOST), settings=MANY)


@pytest.mark.parametrize("fault", ["emit before commit", "read before entering the room"])
def test_a_fault_of_the_server_is_caught(fault: str) -> None:
    joins = focused(
        machine(frozenset([fault])), "join", "settle", "piece", "flush", "arrive", "arrive_all"
    )
    with pytest.raises(AssertionError):
        run_state_machine_as_test(joins, settings=UNTIL_CAUGHT)


def test_showing_a_version_again_under_the_same_id_is_caught() -> None:
    faulty = machine(frozenset(["show again under the same id"]))
    choices = focused(faulty, "join", "settle", "finish", "flush", "retry", "edit", "choose")
    with pytest.raises(AssertionError):
        run_state_machine_as_test(choices, settings=UNTIL_CAUGHT)


def test_a_reader_that_does_not_check_since_is_caught(monkeypatch) -> None:
    follow = MessageLog._follow

    def append_anything(self, event, data):
        known = self.messages.get(data["id"])
        if known and data["seq"] > known.seq and data["since"] > 0:
            data = {**data, "since": known.seq}
        return follow(self, event, data)

    monkeypatch.setattr(MessageLog, "_follow", append_anything)
    with pytest.raises(AssertionError):
        run_state_machine_as_test(machine(), settings=UNTIL_CAUGHT)


def test_a_reader_that_keeps_no_early_events_is_caught(monkeypatch) -> None:
    def drop(self, event, data):
        self._has_dropped = True

    monkeypatch.setattr(EarlyEvents, "keep", drop)
    with pytest.raises(AssertionError, match="a second join"):
        run_state_machine_as_test(focused(machine(), *NOTHING_LOST), settings=UNTIL_CAUGHT)
