"""What has opened a socket may end by itself, and the socket ends with it."""

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


def short_token(email: str) -> str:
    """Make a token that is good for a moment."""
    user = User.by_email(email)
    assert user is not None
    return ApiToken.create(user, f"short {now()}", now() + timedelta(seconds=LASTS_SECONDS))


def age(scenario: Scenario) -> None:
    """Let the sign-ins of everybody have begun so early that they end in a moment."""
    begun = now() - SIGN_IN_LIFETIME + timedelta(seconds=LASTS_SECONDS)
    scenario.database.write(
        lambda: db.session.execute(update(SignIn).values(created_at=begun)) and None
    )


def reads_until_the_end(reader: Transport, where: str, end: float) -> None:
    """Look at a reader who may read until a moment, and soon afterwards no more."""
    assert reader.ask("join", {"conversation": where, "after": 0})["ok"]
    eventually(lambda: reader.times_of("chunk"), what="it must read along")
    assert not reader.is_disconnected or time.monotonic() > end
    eventually(lambda: reader.is_over, end + NOTICED_SECONDS - time.monotonic(), "it reads on")
    assert max(reader.times_of("chunk")) > end - 1, "it must not have ended before"


def test_a_tokens_sockets_end_when_it_expires(
    scenario: Scenario, streaming: str, cast: Cast
) -> None:
    token = scenario.database.write(lambda: short_token(cast.max.email))
    end = time.monotonic() + LASTS_SECONDS
    with Transport(scenario.here.url) as program, Transport(scenario.here.url) as other:
        assert (program.connect(token=token), other.connect(token=scenario.token)) == ("0", "0")
        reads_until_the_end(program, streaming, end)
        assert not other.is_disconnected, "what is still good stays open"


def test_a_sign_ins_sockets_end_when_it_is_too_old(scenario: Scenario, streaming: str) -> None:
    with Transport(scenario.here.url, Cookie=scenario.browser.cookie) as tab:
        assert tab.connect() == "0"
        age(scenario)
        reads_until_the_end(tab, streaming, time.monotonic() + LASTS_SECONDS)
