"""Models fail in many ways at the same time: each answer ends in time and can be retried."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import pytest

from app.providers import errors
from tests.faults.figures import Figures, spread
from tests.faults.scenario import Scenario
from tests.support.agreement import ENDED
from tests.support.fake_model import FakeModel
from tests.support.server import Server
from tests.support.waiting import eventually

pytestmark = [pytest.mark.system, pytest.mark.fault]

READ_SECONDS, TOTAL_SECONDS = 4.0, 13.0  # on a busy machine a process may wait for seconds
TIMEOUT_SECONDS = 20.0  # for the rest, on a busy machine
SILENT = "The model sent nothing for 4 seconds."
LONG = "The answer took longer than 13 seconds."


class Fault(NamedTuple):
    """How a model fails, and how its answer must end."""

    behaviour: str
    sentence: str
    has_text: bool = True

    @property
    def model(self) -> str:
        """Return the name of a model that fails first and then answers."""
        return f"openai:{self.behaviour};openai-text"


FAULTS = (
    Fault("eof", errors.UNFINISHED),
    Fault("cut", errors.LOST),
    Fault("bad-json", errors.UNREADABLE),
    Fault("error-event", errors.TROUBLE),
    Fault("stall", SILENT),
    Fault("drip", SILENT),
    Fault("drip-pieces", SILENT),
    Fault("openai-text@2", LONG),
    Fault("drip-headers", SILENT, has_text=False),
    Fault("hang", SILENT, has_text=False),
    Fault("redirect", errors.REDIRECTED, has_text=False),
    Fault("page;page;page", errors.UNFINISHED, has_text=False),
    Fault("429;429;429", errors.BUSY, has_text=False),  # the app asks three times
    Fault("500;500;500", errors.TROUBLE, has_text=False),
)


@pytest.fixture
def server(start_server: Callable[..., Server]) -> Iterator[Server]:
    with FakeModel() as fake:
        yield start_server(
            MODELS=",".join(fault.model for fault in FAULTS),
            OPENAI_BASE_URL=f"{fake.url}/v1",
            OPENAI_API_KEY="a-key-for-tests",
            PROVIDER_CONNECT_SECONDS=str(READ_SECONDS),
            PROVIDER_READ_SECONDS=str(READ_SECONDS),
            PROVIDER_TOTAL_SECONDS=str(TOTAL_SECONDS),
        )


def test_the_answer_of_a_failing_model_ends_in_time_and_can_be_retried(
    server: Server, scenario: Scenario, figures: Figures
) -> None:
    before = server.descriptors
    with ThreadPoolExecutor(len(FAULTS)) as pool:
        times = list(pool.map(lambda fault: fail_and_retry(fault, server, scenario), FAULTS))
    scenario.check()
    scenario.close()
    eventually(lambda: server.descriptors < before + len(FAULTS), what="descriptors are left")
    figures.note(
        "the model fails",
        f"{len(FAULTS)} ways at once: each ended with its sentence {spread(times)} after the "
        f"question (limits: {READ_SECONDS:g} s of inactivity, {TOTAL_SECONDS:g} s in all), and was "
        "complete after a retry",
    )


def fail_and_retry(fault: Fault, server: Server, scenario: Scenario) -> float:
    """Return the seconds until the answer has failed."""
    where = scenario.conversation(scenario.cast.max, model=fault.model)
    olive = scenario.observer(scenario.cast.olive, where, server.url)
    began = time.monotonic()
    reply = scenario.ask(olive, "Well?")
    eventually(lambda: olive.shows(reply, *ENDED), TOTAL_SECONDS + TIMEOUT_SECONDS, fault.behaviour)
    seconds = time.monotonic() - began
    failed = scenario.database.message(reply)
    assert (failed.status, failed.error) == ("failed", fault.sentence), fault.behaviour
    assert bool(failed.content) is fault.has_text, fault.behaviour

    scenario.history.gone.add(reply)
    new = olive.ask("retry", {"id": reply})["reply"]
    eventually(lambda: olive.shows(new, "complete"), TIMEOUT_SECONDS, fault.behaviour)
    return seconds
