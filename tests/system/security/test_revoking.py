"""What is taken from somebody is gone within a second, however and wherever it is taken."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from contextlib import suppress

import pytest
from websocket import WebSocketException

from tests.support.http_session import BrowserSession
from tests.support.transport import Transport
from tests.support.waiting import eventually
from tests.system.security.ending import COOKIE_ENDS, TOKEN_ENDS
from tests.system.security.scenario import Scenario

pytestmark = [pytest.mark.system, pytest.mark.async_mode]

SECOND = 1.0


@pytest.mark.parametrize("end", COOKIE_ENDS)
def test_a_cookie_that_ended_opens_nothing_and_what_it_had_opened_is_closed(
    end: Callable[[Scenario], None], scenario: Scenario, streaming: str
) -> None:
    cookie = scenario.browser.cookie
    with Transport(scenario.here.url, Cookie=cookie) as tab:
        assert tab.connect() == "0"
        _gone_after(lambda: end(scenario), tab, streaming, {})
    with Transport(scenario.here.url, Cookie=cookie) as tab:
        assert tab.connect() == "unauthorized"
    old = BrowserSession(scenario.here.url)
    old.http.headers["Cookie"] = cookie
    assert "/login?next=" in old.http.get(f"{old.url}/conversations", timeout=20).url
    old.close()


@pytest.mark.parametrize("end", TOKEN_ENDS)
def test_a_token_that_was_revoked_opens_nothing_and_what_it_had_opened_is_closed(
    end: Callable[[Scenario], None], scenario: Scenario, streaming: str
) -> None:
    with Transport(scenario.here.url) as program:
        assert program.connect(token=scenario.token) == "0"
        _gone_after(lambda: end(scenario), program, streaming, {"token": scenario.token})
    with Transport(scenario.here.url) as program:
        assert program.connect(token=scenario.token) == "unauthorized"


def _gone_after(
    end: Callable[[], None], reader: Transport, where: str, auth: dict[str, str]
) -> None:
    assert reader.ask("join", {"conversation": where, "after": 0})["ok"]
    eventually(lambda: reader.times_of("chunk"), what="it must read along")
    assert not reader.is_disconnected
    end()
    ended = time.monotonic()
    eventually(lambda: reader.is_disconnected, SECOND, "it was not sent away")
    with suppress(OSError, WebSocketException):  # it may be closed already
        reader.wire.send("40/conversations," + json.dumps(auth))  # the handshake's cookie, too
        for event in ("join", "send", "conversations"):  # who is no longer let in gets no answer
            reader.send(event, {"conversation": where, "content": "Still there"}, 99)
    eventually(lambda: reader.is_over, 2 * SECOND, "its connection is still open")
    later = ended + 2 * SECOND
    eventually(lambda: time.monotonic() > later, what="time passes, for what must not come")
    assert not [at for at in reader.times_of("chunk") if at > ended + SECOND]
    texts = [packet.text for packet in reader.packets]
    assert not [text for text in texts if text.startswith("43/conversations,99")]
    assert len([text for text in texts if text.startswith("40/conversations,")]) == 1
