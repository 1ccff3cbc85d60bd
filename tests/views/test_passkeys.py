"""Passkeys: they sign in without a password, for this place alone, and each answer once."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask

from app.auth import rate_limits
from app.auth.identity import SIGN_IN
from app.auth.passkeys import place
from app.extensions import db
from app.models import AuditEvent, Challenge, OpenIdIdentity, Passkey
from app.models.columns import now
from app.models.passkey import MAX_PASSKEYS
from app.models.user import DISABLED
from tests.support.authenticator import PRESENT, Authenticator
from tests.support.browser import Browser
from tests.support.cast import PASSWORD, Cast
from tests.support.database import Database
from tests.support.http_session import csrf_token
from tests.views.account.conftest import is_signed_in

SECURITY, ADD, REMOVE = "/account/security", "/account/passkeys", "/account/passkeys/remove"
SIGN_IN_PATH = "/login/passkey"


def asked(browser: Browser, path: str = SIGN_IN_PATH, **fields: str) -> dict[str, Any]:
    """Return the options for the browser."""
    form_on = SECURITY if path == ADD else "/login"
    answer = browser.post(f"{path}/options", form_on=form_on, **fields)
    assert answer.status_code == 200, answer.text
    return dict(answer.json or {})


def add(browser: Browser, key: Authenticator, name: str = "Phone") -> Any:
    credential = key.create(asked(browser, ADD))
    return browser.post(ADD, form_on=SECURITY, credential=credential, name=name)


def sign_in(browser: Browser, key: Authenticator, path: str = SIGN_IN_PATH) -> Any:
    return browser.post(path, form_on="/login", credential=key.get(asked(browser)))


@pytest.fixture
def key(olive: Browser) -> Authenticator:
    """A passkey of Olive's."""
    key = Authenticator()
    assert add(olive, key).json == {"next": SECURITY}
    return key


def test_a_passkey_signs_in_without_a_password_and_without_a_code(
    app: Flask, nobody: Browser, olive: Browser, key: Authenticator
) -> None:
    page = olive.open(SECURITY).text
    assert "The passkey is added" in page and "<bdi>Phone</bdi>" in page
    assert sign_in(nobody, key, f"{SIGN_IN_PATH}?next=/account/use").json == {
        "next": "/account/use"
    }
    assert "olive@example.org" in nobody.open("/account").text
    assert nobody.client.get_cookie("midstream-device"), "this browser is known from now on"
    assert "last used" in olive.open(SECURITY).text
    key.handle = b""  # some say nothing of whose they are
    assert sign_in(Browser(app), key).status_code == 200
    assert sign_in(Browser(app), key, f"{SIGN_IN_PATH}?next=//evil.example").json == {
        "next": "/conversations"
    }


def test_several_are_added_by_name_and_removed(
    app: Flask, olive: Browser, key: Authenticator, eve: Browser, database: Database
) -> None:
    second = Authenticator()
    assert add(olive, second, "two\nlines").status_code == 400
    assert add(olive, second, "").status_code == 400
    assert add(olive, second, "Key").status_code == 200
    assert second.handle == key.handle, "a device knows its person by one handle"
    assert len(asked(olive, ADD)["excludeCredentials"]) == 2
    taken = add(eve, second, "Mine")
    assert taken.status_code == 409, "it is Olive's"
    second.handle = key.handle
    ids = database.read(lambda: [each.id for each in db.session.scalars(db.select(Passkey))])
    eve.post(REMOVE, form_on=SECURITY, id=str(ids[0]))
    assert sign_in(Browser(app), key).status_code == 200
    olive.post(REMOVE, form_on=SECURITY, id=str(ids[0]))
    gone = sign_in(Browser(app), key)
    assert gone.status_code == 422 and "is not known here any more" in gone.text
    assert sign_in(Browser(app), second).status_code == 200
    assert olive.open(ADD).location == olive.open(REMOVE).location == SECURITY


def test_an_answer_is_taken_once_in_its_browser_and_in_time(
    app: Flask, nobody: Browser, key: Authenticator, database: Database
) -> None:
    options = asked(nobody)
    credential = key.get(options)
    with nobody.client.session_transaction() as session:
        kept = dict(session)
    other = Browser(app)
    asked(other)
    assert other.post(SIGN_IN_PATH, form_on="/login", credential=credential).status_code == 422
    assert nobody.post(SIGN_IN_PATH, form_on="/login", credential=credential).status_code == 200
    replayed = Browser(app)
    with replayed.client.session_transaction() as session:
        session.update({name: each for name, each in kept.items() if name != SIGN_IN})
    again = replayed.post(SIGN_IN_PATH, form_on="/login", credential=credential)
    assert again.status_code == 409 and not is_signed_in(replayed)
    late = Browser(app)
    credential = key.get(asked(late))
    old = db.update(Challenge).values(expires_at=now())
    database.write(lambda: db.session.execute(old))
    assert late.post(SIGN_IN_PATH, form_on="/login", credential=credential).status_code == 409


@pytest.mark.parametrize(
    ("public_url", "asked_at", "expected"),
    [
        (None, "https://chat.example.org/team", ("chat.example.org", "https://chat.example.org")),
        (None, "http://localhost:5000", ("localhost", "http://localhost:5000")),
        (
            "https://Chat.example.org:443/a",
            "http://x",
            ("chat.example.org", "https://chat.example.org"),
        ),
    ],
)
def test_browsers_say_the_origin_without_path_and_usual_port(
    app: Flask, public_url: str | None, asked_at: str, expected: tuple[str, str]
) -> None:
    app.extensions["config"] = replace(app.extensions["config"], public_url=public_url)
    with app.test_request_context(base_url=asked_at):
        assert place() == expected


@pytest.mark.parametrize("wrong", ["origin", "place", "person", "key", "verified", "id", "handle"])
def test_what_is_of_another_place_or_person_is_refused(
    nobody: Browser, key: Authenticator, wrong: str
) -> None:
    options = asked(nobody)
    where = None
    other = Authenticator()
    if wrong == "origin":
        key.origin = "http://localhost.evil.example"
    if wrong == "place":
        where = "evil.example"
    if wrong == "person":
        key.handle = b"somebody else"
    if wrong == "key":
        other.id, other.handle = key.id, key.handle
        key = other
    if wrong == "verified":
        key.flags = PRESENT
    credential = json.loads(key.get(options, where))
    if wrong == "id":
        credential["id"] = "a\0b"
    if wrong == "handle":
        credential["response"]["userHandle"] = "\u00e9"
    answer = nobody.post(SIGN_IN_PATH, form_on="/login", credential=json.dumps(credential))
    assert answer.status_code == 422
    assert not is_signed_in(nobody)


def test_a_counter_that_does_not_go_up_tells_of_a_copy(
    app: Flask, key: Authenticator, database: Database
) -> None:
    for count, status in ((0, 200), (5, 200), (6, 200), (6, 422), (5, 422), (0, 422), (7, 200)):
        key.count = count
        browser = Browser(app)
        answer = sign_in(browser, key)
        assert answer.status_code == status, count
        assert is_signed_in(browser) is (status == 200)
    assert "there may be a copy of it" in sign_in(Browser(app), key).text
    kinds = database.read(lambda: set(db.session.scalars(db.select(AuditEvent.kind))))
    assert "passkey-copied" in kinds


def test_whoever_is_disabled_is_not_signed_in(
    nobody: Browser, key: Authenticator, database: Database
) -> None:
    disabled = db.text("UPDATE user_account SET disabled_at = created_at")
    database.write(lambda: db.session.execute(disabled))
    refused = sign_in(nobody, key)
    assert (refused.status_code, DISABLED in refused.text) == (403, True)
    assert not is_signed_in(nobody)


def test_the_place_is_that_of_the_settings(app: Flask, olive: Browser, nobody: Browser) -> None:
    config = app.extensions["config"]
    app.extensions["config"] = replace(config, public_url="https://chat.example.org:8443/team")
    key = Authenticator("https://chat.example.org:8443")
    assert asked(olive, ADD)["rp"]["id"] == asked(nobody)["rpId"] == "chat.example.org"
    assert add(olive, key).status_code == 200
    assert sign_in(nobody, key).status_code == 200
    assert sign_in(Browser(app), Authenticator()).status_code == 422


def test_adding_one_takes_the_password_unless_the_sign_in_is_fresh(
    cast: Cast, olive: Browser, nobody: Browser, database: Database
) -> None:
    database.age_sign_ins()
    for fields in ({}, {"current": "wrong"}):
        refused = olive.post(f"{ADD}/options", form_on=SECURITY, **fields)
        assert refused.status_code == 400
    options = asked(olive, ADD, current=PASSWORD)
    key = Authenticator()
    credential = key.create(options)
    assert olive.post(ADD, form_on=SECURITY, credential=credential, name="Key").status_code == 200
    again = olive.post(ADD, form_on=SECURITY, credential=credential, name="Key")
    assert again.status_code == 409, "what it answers is used up"
    refused = olive.post(REMOVE, form_on=SECURITY, id="1", current="wrong")
    assert refused.status_code == 400
    confirmation = refused.text.partition('<details class="confirmed" open>')[2]
    assert 'aria-describedby="problem-id1" autofocus' in confirmation
    assert 'id="problem-id1">The current password is wrong.</p>' in confirmation
    assert "wrong" not in confirmation.partition("</details>")[2]
    assert olive.open(REMOVE).location == SECURITY, "a reload leads on"
    for path in (f"{ADD}/options", ADD):
        assert nobody.post(path, form_on="/login").status_code == 401


def test_the_last_way_to_sign_in_stays_and_there_is_a_limit(
    cast: Cast, olive: Browser, key: Authenticator, database: Database
) -> None:
    database.write(
        lambda: db.session.execute(db.text("UPDATE user_account SET password_hash = ''"))
    )
    key_id = database.read(lambda: db.session.scalar(db.select(Passkey.id)))
    refused = olive.post(REMOVE, form_on=SECURITY, id=str(key_id))
    assert "could not sign in any more" in refused.text and 'confirmed" open>' in refused.text
    user = database.read(lambda: db.session.scalar(db.select(Passkey.user_id)))
    database.write(lambda: OpenIdIdentity.connect(user, "https://issuer.example", "olive"))
    olive.post(REMOVE, form_on=SECURITY, id=str(key_id))
    assert database.read(lambda: Passkey.count(user)) == 0
    for _ in range(MAX_PASSKEYS):
        assert add(olive, Authenticator()).status_code == 200
    assert add(olive, Authenticator()).status_code == 400


ODD = [None, 7, "", "x", "\u00e9", "AA", [], ["x"], {}, "[" * 5_000, "A" * 30_000]


def test_no_odd_answer_is_an_error_of_the_server(
    olive: Browser, nobody: Browser, key: Authenticator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rate_limits, "hit", lambda *_: None)

    def status(path: str, credential: object) -> int:
        text = credential if isinstance(credential, str) else json.dumps(credential)
        browser.post_bare(f"{path}/options", csrf_token=token)
        fields = {"credential": text, "name": "Key", "csrf_token": token}
        return browser.post_bare(path, **fields).status_code

    for browser, path, make in ((olive, ADD, "create"), (nobody, SIGN_IN_PATH, "get")):
        token = csrf_token(browser.open(SECURITY if path == ADD else "/login").text)
        whole = json.loads(getattr(key, make)(asked(browser, path)))
        parts = [*whole, *whole["response"]]
        for odd in ODD:
            assert status(path, odd) == 422, odd
            for part in parts:
                changed = json.loads(json.dumps(whole))
                (changed if part in whole else changed["response"])[part] = odd
                assert status(path, changed) == 422, (part, odd)
