"""A revoked credential loses its sockets within a second, whichever way it is revoked."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from contextlib import suppress

import pytest
from websocket import WebSocketException

from tests.support.cast import Cast
from tests.support.http_session import BrowserSession
from tests.support.transport import Transport
from tests.support.waiting import eventually
from tests.system.security.revocations import (
    END_SIGN_IN,
    END_TOKEN,
    revoke_by_command,
    sign_out_here,
)
from tests.system.security.scenario import Scenario

pytestmark = pytest.mark.system

SECOND = 1.0


@pytest.mark.parametrize("end", END_SIGN_IN)
def test_an_ended_sign_in_opens_nothing_and_its_sockets_are_closed(
    end: Callable[[Scenario], None], scenario: Scenario, streaming: str
) -> None:
    cookie = scenario.browser.cookie
    with Transport(scenario.here.url, Cookie=cookie) as tab:
        assert tab.connect() == "0"
        _assert_disconnected_after(lambda: end(scenario), tab, streaming, {})
    with Transport(scenario.here.url, Cookie=cookie) as tab:
        assert tab.connect() == "unauthorized"
    old = BrowserSession(scenario.here.url)
    old.http.headers["Cookie"] = cookie
    assert "/login?next=" in old.http.get(f"{old.url}/conversations", timeout=20).url
    old.close()


@pytest.mark.parametrize("end", END_TOKEN)
def test_a_revoked_token_opens_nothing_and_its_sockets_are_closed(
    end: Callable[[Scenario], None], scenario: Scenario, streaming: str
) -> None:
    with Transport(scenario.here.url) as program:
        assert program.connect(token=scenario.token) == "0"
        _assert_disconnected_after(
            lambda: end(scenario), program, streaming, {"token": scenario.token}
        )
    with Transport(scenario.here.url) as program:
        assert program.connect(token=scenario.token) == "unauthorized"


@pytest.mark.async_mode
@pytest.mark.parametrize("end", [sign_out_here, revoke_by_command])
def test_the_users_other_credentials_stay_valid(
    end: Callable[[Scenario], None], scenario: Scenario, cast: Cast
) -> None:
    other_browser = BrowserSession(scenario.here.url).sign_in(cast.max)
    with (
        Transport(scenario.here.url, Cookie=scenario.browser.cookie) as tab,
        Transport(scenario.here.url) as program,
        Transport(scenario.here.url, Cookie=other_browser.cookie) as other_tab,
        Transport(scenario.here.url) as other_program,
    ):
        assert (tab.connect(), program.connect(token=scenario.token)) == ("0", "0")
        assert (other_tab.connect(), other_program.connect(token=cast.max.token)) == ("0", "0")
        end(scenario)
        eventually(lambda: tab.is_disconnected or program.is_disconnected, SECOND)
        for other in (other_tab, other_program):
            assert other.ask("conversations", {})["ok"]
    other_browser.close()


def _assert_disconnected_after(
    end: Callable[[], None], reader: Transport, where: str, auth: dict[str, str]
) -> None:
    """Assert that a reader is disconnected within a second of `end` and gets no more answers."""
    assert reader.ask("join", {"conversation": where, "after": 0})["ok"]
    eventually(lambda: reader.times_of("chunk"), what="it must receive chunks")
    assert not reader.is_disconnected
    end()
    ended = time.monotonic()
    eventually(lambda: reader.is_disconnected, SECOND, "it was not disconnected")
    with suppress(OSError, WebSocketException):  # it may be closed already
        reader.wire.send("40/conversations," + json.dumps(auth))  # with the cookie of the handshake
        for event in ("join", "send", "conversations"):
            reader.send(event, {"conversation": where, "content": "Still there"}, 99)
    eventually(lambda: reader.is_over, 2 * SECOND, "its connection is still open")
    later = ended + 2 * SECOND
    eventually(lambda: time.monotonic() > later, what="time must pass")
    assert not [at for at in reader.times_of("chunk") if at > ended + SECOND]
    texts = [packet.text for packet in reader.packets]
    assert not [text for text in texts if text.startswith("43/conversations,99")]
    assert len([text for text in texts if text.startswith("40/conversations,")]) == 1
