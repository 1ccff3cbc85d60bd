"""Forms cannot be sent from another site."""

from __future__ import annotations

import re
from html import unescape

import pytest
from flask import Flask

from app.extensions import db
from app.models import SignIn
from tests.support.browser import Browser
from tests.support.cast import PASSWORD, Cast
from tests.support.database import Database
from tests.support.harness import Harness
from tests.support.http_session import csrf_token


def posts(
    app: Flask, conversation: str, *, assistant: str = "0" * 32, **others: object
) -> list[str]:
    """Return the addresses of all views that accept POST, in this conversation, about this
    assistant, and with `others` in them."""
    parts: dict[str, object] = {
        "public_id": conversation,
        "message_id": "0" * 32,
        "file_id": "0" * 32,
        "name": "x",
        "key": 1,
        "token": "x",
        **others,
    }
    of_assistants = parts | {"public_id": assistant}
    with app.test_request_context():
        adapter = app.create_url_adapter(None) or app.url_map.bind("")
        return [
            adapter.build(rule.endpoint, {name: about[name] for name in rule.arguments}, "POST")
            for rule in app.url_map.iter_rules()
            for about in (of_assistants if rule.rule.startswith("/assistants") else parts,)
            if rule.methods and "POST" in rule.methods
        ]


def test_every_post_is_refused_without_the_csrf_token(
    app: Flask, cast: Cast, database: Database
) -> None:
    where = database.conversation(cast.olive)
    olive = Browser(app).signed_in(cast.olive)
    addresses = posts(app, where)
    assert {"/login", "/logout", "/account/password", "/account/tokens"} <= set(addresses)
    fields = {"email": cast.eve.email, "password": PASSWORD, "content": "Hi", "name": "stolen"}
    for address in addresses:
        if address.startswith("/unsubscribe/"):
            continue  # mail programs post to it; the address itself is the secret
        if address.startswith("/api/"):
            continue  # no cookie opens it
        for more in ({}, {"csrf_token": "guessed"}):
            assert olive.post_bare(address, **fields | more).status_code == 400, address
    assert olive.open("/account").status_code == 200
    assert database.messages(where) == []


@pytest.mark.parametrize("secure", [False, True])
@pytest.mark.parametrize("name", ["Origin", "Referer"])
@pytest.mark.parametrize("address", ["http://[", "https://a]b", "https://[::1", "https://HOST:x"])
def test_a_malformed_origin_is_another_site(
    app: Flask, cast: Cast, address: str, name: str, secure: bool
) -> None:
    olive = Browser(app).signed_in(cast.olive)
    headers = {name: address.replace("HOST", "localhost")}
    base = f"http{'s' * secure}://localhost"
    answer = olive.client.post("/account", data={"name": "x"}, headers=headers, base_url=base)
    assert answer.status_code == 400


def test_no_view_has_other_methods_than_get_and_post(app: Flask) -> None:
    methods = {method for rule in app.url_map.iter_rules() for method in rule.methods or ()}
    assert methods == {"GET", "HEAD", "OPTIONS", "POST"}


def test_a_csrf_token_is_valid_only_in_its_own_session(app: Flask, cast: Cast) -> None:
    eve, olive = Browser(app).signed_in(cast.eve), Browser(app).signed_in(cast.olive)
    token = csrf_token(eve.open("/account").text)
    assert olive.post_bare("/logout", csrf_token=token).status_code == 400
    assert olive.open("/account").status_code == 200


def form_values(page: str) -> dict[str, str]:
    """Return the fields of the form in the main part of a page."""
    main = page[page.index("<main") :]
    inputs = re.findall(r'<input[^>]* name="(\w+)"(?: value="([^"]*)")?', main)
    texts = re.findall(r'<textarea[^>]* name="(\w+)"[^>]*>\n(.*?)</textarea>', main, re.DOTALL)
    return {name: unescape(value) for name, value in [*inputs, *texts]}


def test_an_old_page_after_signing_in_again_gets_a_fresh_form_with_what_was_typed(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    olive = Browser(harness.app).signed_in(cast.olive)
    old = csrf_token(olive.open(f"/conversations/{conversation}").text)
    olive.post("/login", form_on="/account", email=cast.olive.email, password=PASSWORD)
    path = f"/conversations/{conversation}/messages"
    fields = {"content": "One <line>\r\nand another", "key": "k1"}

    refused = olive.post_bare(path, csrf_token=old, **fields)

    assert refused.status_code == 400
    assert "out of date" in refused.text and f'action="{path}"' in refused.text
    again = form_values(refused.text)
    assert again["content"].replace("\r", "") == "One <line>\nand another"
    assert again["key"] == "k1"
    assert harness.database.messages(conversation) == []
    assert olive.post_bare(path, **again).status_code == 302
    assert harness.database.messages(conversation)


def test_the_second_of_two_sign_in_forms_works_after_the_first(app: Flask, cast: Cast) -> None:
    browser = Browser(app)
    first = csrf_token(browser.open("/login").text)
    fields = {"email": cast.olive.email, "password": PASSWORD}
    assert browser.post_bare("/login", csrf_token=first, **fields).status_code == 302
    refused = browser.post_bare("/login?next=/account", csrf_token=first, **fields)
    assert refused.status_code == 400 and "out of date" in refused.text
    again = form_values(refused.text)
    assert again["email"] == cast.olive.email and again["password"] == ""
    again["password"] = PASSWORD
    assert browser.post_bare("/login?next=/account", **again).location == "/account"


@pytest.mark.parametrize("cookie", ["kept", "expired"])
def test_what_was_typed_is_shown_when_the_session_has_ended(
    app: Flask, cast: Cast, conversation: str, database: Database, cookie: str
) -> None:
    olive = Browser(app).signed_in(cast.olive)
    token = csrf_token(olive.open(f"/conversations/{conversation}").text)
    if cookie == "expired":
        olive.client.delete_cookie("midstream")
    else:
        database.write(lambda: [each.end() for each in db.session.scalars(db.select(SignIn))])

    path = f"/conversations/{conversation}/messages"
    refused = olive.post_bare(path, csrf_token=token, content="A <question>")

    assert refused.status_code == (400 if cookie == "expired" else 401)
    assert "Your sign-in has ended" in refused.text
    assert "\nA &lt;question&gt;</textarea>" in refused.text
    fields = {"email": cast.olive.email, "password": PASSWORD}
    where = f"/login?next=/conversations/{conversation}"
    assert f'action="{where}"' in refused.text
    again = olive.post_bare(where, csrf_token=csrf_token(refused.text), **fields)
    assert again.location == f"/conversations/{conversation}"


def test_passwords_are_never_repeated(app: Flask, cast: Cast) -> None:
    olive = Browser(app).signed_in(cast.olive)
    olive.open("/account")
    refused = olive.post_bare("/account/password", csrf_token="old", current="secret", new="secret")
    assert refused.status_code == 400 and "secret" not in refused.text
    assert set(form_values(refused.text)) == {"csrf_token", "current", "new"}


HTTPS = "https://chat.example.org"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": HTTPS}, 302),
        ({"Referer": f"{HTTPS}/account"}, 302),
        ({"Origin": HTTPS, "Referer": "https://evil.example/"}, 302),
        ({"Origin": "https://evil.example"}, 400),
        ({"Origin": "https://evil.example", "Referer": f"{HTTPS}/account"}, 400),
        ({"Origin": "null"}, 400),
        ({"Origin": "http://chat.example.org"}, 400),
        ({"Referer": "https://evil.example/"}, 400),
        ({}, 400),
    ],
)
def test_over_https_origin_says_where_a_form_comes_from(
    app: Flask, cast: Cast, headers: dict[str, str], status: int
) -> None:
    client = app.test_client()
    token = csrf_token(client.get("/login", base_url=HTTPS).text)
    fields = {"email": cast.olive.email, "password": PASSWORD, "csrf_token": token}
    answer = client.post("/login", base_url=HTTPS, data=fields, headers=headers)
    assert answer.status_code == status


def test_another_sites_form_is_not_offered_again(app: Flask, cast: Cast) -> None:
    olive = Browser(app).signed_in(cast.olive)
    evil = {"Origin": "https://evil.example"}
    answer = olive.client.post("/account/tokens", data={"name": "stolen"}, headers=evil)
    assert answer.status_code == 400
    assert "stolen" not in answer.text
