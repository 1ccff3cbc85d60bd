"""The machine's clock is set back while somebody is refused: nobody waits until it comes round."""

from __future__ import annotations

import time

import pytest

from tests.auth.rate_limits.conftest import Make
from tests.support.cast import Cast
from tests.support.database import Database
from tests.support.socket import Socket

HOUR = 3600.0


def test_counts_are_dropped_when_the_clock_is_set_back(
    limited: Make, cast: Cast, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = limited(LIMIT_JOIN="1 per minute")
    wish = {"conversation": database.conversation(cast.olive)}
    olive = Socket(app, cast.olive.token)
    assert olive.ask("join", wish)["ok"]
    assert olive.ask("join", wish)["error"] == "rate_limited"

    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() - HOUR)

    assert olive.ask("join", wish)["ok"]
    refusal = olive.ask("join", wish)
    assert refusal["error"] == "rate_limited"
    assert 0 < refusal["retry_after"] <= 60
