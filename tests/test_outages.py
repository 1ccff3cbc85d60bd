"""An outage is one line when it begins, one a minute while it lasts, and one when it is over."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from app import outages
from app.outages import Outage
from tests.support.clock import Clock

logger = logging.getLogger("app.test_outages")
AWAY = "it does not answer"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    """The clock of the outages."""
    clock = Clock()
    monkeypatch.setattr(outages, "time", clock)
    yield clock


def test_it_works_again_only_when_it_has_not_failed_for_a_while(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    outage = Outage("The database", logger, calm_seconds=10.0)
    for _ in range(5):
        outage.failed(AWAY)
        clock.sleep(6.0)
        outage.recovered()
    clock.sleep(6.0)
    outage.recovered()
    assert [line.split(":")[0] for line in caplog.messages] == [
        "The database fails",
        "The database works again, after 36.0 s (failures",
    ]


@pytest.fixture
def outage() -> Outage:
    """That of a database."""
    return Outage("The database", logger)


def test_many_failures_are_one_line_and_one_when_it_works_again(
    outage: Outage, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(430):
        outage.failed(AWAY)
        assert outage.is_on
    clock.sleep(12.5)
    outage.recovered()
    outage.recovered()
    assert not outage.is_on
    assert [(each.levelname, each.getMessage()) for each in caplog.records] == [
        ("ERROR", "The database fails: it does not answer."),
        ("WARNING", "The database works again, after 12.5 s (failures: 430)."),
    ]


def test_an_outage_that_lasts_is_one_line_a_minute(
    outage: Outage, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(150):
        outage.failed(AWAY)
        clock.sleep(1)
    messages = [each.getMessage() for each in caplog.records]
    assert messages == [
        "The database fails: it does not answer.",
        "The database still fails, after 60 s (failures since: 60): it does not answer.",
        "The database still fails, after 120 s (failures since: 60): it does not answer.",
    ]


def test_the_next_outage_is_told_as_the_first_one_was(
    outage: Outage, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    for reason in (AWAY, "it takes no connections"):
        outage.failed(reason)
        clock.sleep(1)
        outage.recovered()
    messages = [each.getMessage() for each in caplog.records]
    assert messages[2:] == [
        "The database fails: it takes no connections.",
        "The database works again, after 1.0 s (failures: 1).",
    ]


def test_what_has_not_failed_does_not_recover(
    outage: Outage, caplog: pytest.LogCaptureFixture
) -> None:
    outage.recovered()
    assert not caplog.records


def test_threads_that_fail_and_recover_at_once_log_each_change_once(
    outage: Outage, caplog: pytest.LogCaptureFixture
) -> None:
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: outage.failed(AWAY), range(400)))
        list(threads.map(lambda _: outage.recovered(), range(400)))
    assert [each.levelname for each in caplog.records] == ["ERROR", "WARNING"]
    assert "(failures: 400)" in caplog.text
