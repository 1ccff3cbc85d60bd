"""No form of ours works from somebody else's page."""

from __future__ import annotations

from flask import Flask

from tests.support.browser import Browser
from tests.support.cast import PASSWORD, Cast
from tests.support.database import Database
from tests.support.http_session import csrf_token


def posts(app: Flask, **known: str) -> list[str]:
    """Return the address of everything that takes a POST."""
    with app.test_request_context():
        adapter = app.create_url_adapter(None) or app.url_map.bind("")
        return [
            adapter.build(rule.endpoint, {name: known[name] for name in rule.arguments}, "POST")
            for rule in app.url_map.iter_rules()
            if rule.methods and "POST" in rule.methods
        ]


def test_every_post_is_refused_without_the_pages_own_token(
    app: Flask, cast: Cast, database: Database
) -> None:
    where = database.conversation(cast.olive)
    olive = Browser(app).signed_in(cast.olive)
    addresses = posts(app, public_id=where, message_id="0" * 32)
    assert {"/login", "/logout", "/account/password", "/account/tokens"} <= set(addresses)
    fields = {"email": cast.eve.email, "password": PASSWORD, "content": "Hi", "name": "stolen"}
    for address in addresses:
        for more in ({}, {"csrf_token": "guessed"}):
            assert olive.post_bare(address, **fields | more).status_code == 400, address
    assert olive.open("/account").status_code == 200
    assert database.messages(where) == []


def test_nothing_but_get_changes_with_any_other_method(app: Flask) -> None:
    methods = {method for rule in app.url_map.iter_rules() for method in rule.methods or ()}
    assert methods == {"GET", "HEAD", "OPTIONS", "POST"}


def test_one_persons_token_is_worth_nothing_in_anothers_browser(app: Flask, cast: Cast) -> None:
    eve, olive = Browser(app).signed_in(cast.eve), Browser(app).signed_in(cast.olive)
    token = csrf_token(eve.open("/account").text)
    assert olive.post_bare("/logout", csrf_token=token).status_code == 400
    assert olive.open("/account").status_code == 200
