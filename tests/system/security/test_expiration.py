"""A socket is closed when the token or sign-in that opened it expires."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from sqlalchemy import update

from app.extensions import db
from app.models import ApiToken, SignIn, User
from app.models.columns import now
from app.models.sign_in import SIGN_IN_LIFETIME
from tests.support.cast import Cast
from tests.support.transport import Transport
from tests.support.waiting import eventually
from tests.system.security.scenario import Scenario

pytestmark = [pytest.mark.system, pytest.mark.async_mode, pytest.mark.counted]

LASTS_SECONDS = 4.0
NOTICED_SECONDS = 3.0


def create_short_token(email: str) -> str:
    """Create a token that expires after `LASTS_SECONDS`."""
    user = User.by_email(email)
    assert user is not None
    return ApiToken.create(user, f"short {now()}", now() + timedelta(seconds=LASTS_SECONDS))


def age_sign_ins(scenario: Scenario) -> None:
    """Change all sign-ins so that they expire after `LASTS_SECONDS`."""
    begun = now() - SIGN_IN_LIFETIME + timedelta(seconds=LASTS_SECONDS)
    scenario.database.write(
        lambda: db.session.execute(update(SignIn).values(created_at=begun)) and None
    )


def assert_reads_until(reader: Transport, where: str, end: float) -> None:
    """Assert that a reader receives chunks until `end`, and is closed soon afterwards."""
    assert reader.ask("join", {"conversation": where, "after": 0})["ok"]
    eventually(lambda: reader.times_of("chunk"), what="it must receive chunks")
    assert not reader.is_disconnected or time.monotonic() > end
    eventually(
        lambda: reader.is_over, end + NOTICED_SECONDS - time.monotonic(), "it was not closed"
    )
    assert max(reader.times_of("chunk")) > end - 1, "it was closed too soon"


def test_a_socket_is_closed_when_its_token_expires(
    scenario: Scenario, streaming: str, cast: Cast
) -> None:
    token = scenario.database.write(lambda: create_short_token(cast.max.email))
    end = time.monotonic() + LASTS_SECONDS
    with Transport(scenario.here.url) as program, Transport(scenario.here.url) as other:
        assert (program.connect(token=token), other.connect(token=scenario.token)) == ("0", "0")
        assert_reads_until(program, streaming, end)
        assert not other.is_disconnected, "a socket of a valid token stays open"


def test_a_socket_is_closed_when_its_sign_in_expires(scenario: Scenario, streaming: str) -> None:
    age_sign_ins(scenario)
    with Transport(scenario.here.url, Cookie=scenario.browser.cookie) as tab:
        assert tab.connect() == "0"
        assert_reads_until(tab, streaming, time.monotonic() + LASTS_SECONDS)
