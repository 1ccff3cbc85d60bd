"""Rate limits of requests, shared by pages and sockets."""

from __future__ import annotations

import time

import pytest

from tests.auth.rate_limits.conftest import Make
from tests.support.browser import Browser
from tests.support.cast import Cast
from tests.support.database import Database
from tests.support.socket import Socket


@pytest.mark.parametrize("event", ["join", "send", "retry"])
def test_the_limit_of_an_event_applies_per_user_and_has_the_time_to_wait(
    limited: Make, cast: Cast, database: Database, event: str
) -> None:
    app = limited(**{f"LIMIT_{event.upper()}": "2 per minute"})
    where = database.conversation(cast.olive, cast.max)
    payload = {"conversation": where, "content": "Why?", "id": "0" * 32}
    one_tab, other_tab = Socket(app, cast.olive.token), Socket(app, cast.olive.token)
    for tab in (one_tab, other_tab):
        assert tab.ask_anything(event, payload).get("error") != "rate_limited"

    refusal = one_tab.ask(event, payload)

    assert (refusal["ok"], refusal["error"]) == (False, "rate_limited")
    assert 0 < refusal["retry_after"] <= 60
    assert Socket(app, cast.max.token).ask_anything(event, payload).get("error") != "rate_limited"


def test_questions_from_pages_and_sockets_share_one_limit(
    limited: Make, cast: Cast, database: Database
) -> None:
    app = limited(LIMIT_SEND="1 per minute")
    where = database.conversation(cast.olive)
    olive = Browser(app).signed_in(cast.olive)
    assert olive.post(f"/conversations/{where}/messages", content="Why?").status_code == 302
    answer = olive.post(f"/conversations/{where}/messages", content="Why not?")
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 60
    ack = Socket(app, cast.olive.token).ask("send", {"conversation": where, "content": "So?"})
    assert ack["error"] == "rate_limited"


def test_all_events_of_a_connection_share_one_limit(limited: Make, cast: Cast) -> None:
    app = limited(LIMIT_EVENTS="3 per minute")
    flood, calm = Socket(app, cast.olive.token), Socket(app, cast.olive.token)
    acks = [flood.ask("conversations", {}) for _ in range(5)]
    assert [ack["ok"] for ack in acks] == [True] * 2 + [False] * 3, "the connect counts as an event"
    assert (acks[-1]["error"], acks[-1]["retry_after"]) == ("rate_limited", 20)
    assert calm.ask("conversations", {})["ok"]


def test_new_conversations_from_pages_and_sockets_share_one_limit(
    limited: Make, cast: Cast
) -> None:
    app = limited(LIMIT_SEND="1 per minute")
    assert Socket(app, cast.olive.token).ask("create", {})["ok"]
    refusal = Socket(app, cast.olive.token).ask("create", {})
    assert refusal["error"] == "rate_limited"
    answer = Browser(app).signed_in(cast.olive).post("/conversations", title="", model="demo")
    assert answer.status_code == 429


def test_creating_and_revoking_tokens_share_one_limit_per_user(limited: Make, cast: Cast) -> None:
    app = limited(LIMIT_TOKEN="2 per minute")
    olive, max = Browser(app).signed_in(cast.olive), Browser(app).signed_in(cast.max)
    assert olive.post("/account/tokens", form_on="/account", name="laptop").status_code == 303
    assert olive.post("/account/tokens/revoke", form_on="/account", name="x").status_code == 302
    for path in ("/account/tokens", "/account/tokens/revoke"):
        refused = olive.post(path, form_on="/account", name="phone")
        assert refused.status_code == 429
        assert 0 < int(refused.headers["Retry-After"]) <= 60
    assert max.post("/account/tokens", form_on="/account", name="laptop").status_code == 303


HOUR = 3600.0


def test_counts_are_dropped_when_the_clock_is_set_back(
    limited: Make, cast: Cast, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = limited(LIMIT_JOIN="1 per minute")
    payload = {"conversation": database.conversation(cast.olive)}
    olive = Socket(app, cast.olive.token)
    assert olive.ask("join", payload)["ok"]
    assert olive.ask("join", payload)["error"] == "rate_limited"

    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() - HOUR)

    assert olive.ask("join", payload)["ok"]
    refusal = olive.ask("join", payload)
    assert refusal["error"] == "rate_limited"
    assert 0 < refusal["retry_after"] <= 60
