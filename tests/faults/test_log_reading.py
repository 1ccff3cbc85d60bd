"""The check of the logs finds what an operator could not make sense of."""

from __future__ import annotations

import pytest

from tests.faults.log_reading import (
    MOST_LINES,
    documented,
    failing,
    interrupted,
    says_once,
    troubles,
)

START = "[2026-01-01T00:00:00.000Z 7] "
LEASE = (
    f"{START}WARNING in app.replies.leases: "
    "Interrupted answers whose leases have expired: 2, messages 3, 4."
)
CALM = START + "INFO in app.views.request_log: request method=GET status=200"


def test_a_clear_log_is_fine() -> None:
    assert len(documented()) > 10
    assert troubles(f"Midstream is at http://127.0.0.1:5000\n{CALM}\n{LEASE} request=a-1\n") == []


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        (START + "ERROR in app.x: Something odd.", "not explained"),
        (f"{LEASE}\n    Traceback (most recent call last):", "no line of the log"),
        ("Traceback (most recent call last):", "no line of the log"),
        ("\n".join([LEASE] * (MOST_LINES + 1)), f"{MOST_LINES + 1} lines in a minute"),
    ],
)
def test_what_is_not_clear_is_found(line: str, complaint: str) -> None:
    found = troubles(f"{CALM}\n{line}\n")
    assert found and all(complaint in each for each in found)


def test_interrupted_answers_are_counted() -> None:
    assert interrupted(f"{CALM}\n{LEASE}\n{LEASE}\n") == 4


def test_what_fails_works_again_once() -> None:
    fails = START + "ERROR in app.outages: Redis fails: it does not answer in time.\n"
    works = START + "WARNING in app.outages: Redis works again, after 7.9 s (failures: 22).\n"
    assert failing(CALM) == [] and not says_once(CALM, "Redis")
    assert failing(fails) == ["Redis"] and not says_once(fails, "Redis")
    assert failing(fails + works) == [] and says_once(fails + works, "Redis")
    assert failing(fails + works + works) == ["Redis"]
