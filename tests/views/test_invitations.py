"""Links into a conversation: made by its owner, followed by whoever has one, without scripts."""

from __future__ import annotations

import re
from html import unescape

import pytest
from flask import Flask

from app import create_app
from app.config import Config, RateLimits
from app.extensions import db
from app.models import Conversation, Link
from app.models.link import NOT_VALID
from tests.support.browser import Browser
from tests.support.cast import PASSWORD, Cast
from tests.support.database import Database
from tests.support.harness import Harness
from tests.support.http_session import csrf_token

SHOWN = re.compile(r"data-new-link>([^<]+)<")


@pytest.fixture
def page(conversation: str) -> str:
    return f"/conversations/{conversation}/people"


def made(olive: Browser, page: str, **fields: str) -> str:
    """Make a link, and return its address as the page shows it."""
    links = page.replace("/people", "/links")
    assert olive.post(links, form_on=page, **fields).location == page
    response = olive.open(page)
    assert response.headers["Cache-Control"] == "no-store"
    found = SHOWN.search(response.text)
    assert found
    return unescape(found[1])


def secret_of(link: str) -> str:
    address, secret = link.split("#")
    assert address == "http://localhost/link"
    return secret


def follow(browser: Browser, secret: str) -> str:
    """Follow a link as without scripts, and return where it leads to."""
    answer = browser.post("/link", form_on="/link", code=secret)
    assert answer.status_code == 303, answer.text
    return str(answer.location)


def is_member(harness: Harness, conversation: str, user_id: int) -> bool:
    key = harness.key(conversation)
    return harness.database.read(lambda: db.session.get_one(Conversation, key).has_member(user_id))


def test_a_link_is_shown_once_and_lets_its_holder_join(
    harness: Harness, cast: Cast, olive: Browser, eve: Browser, conversation: str, page: str
) -> None:
    link = made(olive, page, role="member", uses="1", days="7")
    again = olive.open(page).text
    assert "data-new-link" not in again and "For 1 more person" in again
    assert secret_of(link) not in again

    assert follow(eve, secret_of(link)) == "/link/join"
    shown = eve.open("/link/join").text
    assert "Tests" in shown and "Join as Eve" in shown
    assert not is_member(harness, conversation, harness.user(cast.eve)), "nothing changed yet"
    answer = eve.post("/link/join", form_on="/link/join")

    assert answer.location == f"/conversations/{conversation}"
    assert is_member(harness, conversation, harness.user(cast.eve))
    assert "For 1 more person" not in olive.open(page).text
    assert eve.post("/link/join", form_on="/conversations").status_code == 404, "it is used up"


def test_whoever_has_to_sign_in_first_comes_back(
    harness: Harness, cast: Cast, olive: Browser, nobody: Browser, conversation: str, page: str
) -> None:
    link = made(olive, page, role="reader")
    assert follow(nobody, secret_of(link)) == "/link/join"
    shown = nobody.open("/link/join").text
    assert "Sign in to join" in shown and "Create an account" not in shown
    assert nobody.post("/link/join", form_on="/login").location == "/login?next=/link/join"
    token = csrf_token(nobody.open("/login?next=/link/join").text)
    fields = {"email": cast.eve.email, "password": PASSWORD, "csrf_token": token}
    assert nobody.post_bare("/login?next=/link/join", **fields).location == "/link/join"
    assert nobody.post("/link/join", form_on="/link/join").status_code == 302
    assert 'data-writes="false"' in nobody.open(f"/conversations/{conversation}").text


def test_a_revoked_link_lets_nobody_join(
    harness: Harness, cast: Cast, olive: Browser, eve: Browser, conversation: str, page: str
) -> None:
    link = made(olive, page)
    follow(eve, secret_of(link))
    key = harness.database.read(lambda: db.session.scalars(db.select(Link.id)).one())
    links = page.replace("/people", "/links")
    for _ in range(2):
        assert olive.post(f"{links}/revoke", form_on=page, id=str(key)).location == page
    assert eve.open("/link/join").status_code == 404
    assert eve.post("/link/join", form_on="/conversations").status_code == 404
    refused = eve.post("/link", form_on="/link", code=secret_of(link))
    assert refused.status_code == 404 and NOT_VALID in unescape(refused.text)
    assert not is_member(harness, conversation, harness.user(cast.eve))


def test_somebody_elses_link_can_not_be_revoked(
    harness: Harness, cast: Cast, olive: Browser, eve: Browser, page: str
) -> None:
    made(olive, page)
    key = harness.database.read(lambda: db.session.scalars(db.select(Link.id)).one())
    own = harness.database.conversation(cast.eve)
    eve.post(f"/conversations/{own}/links/revoke", id=str(key))
    assert "For 1 more person" in olive.open(page).text


@pytest.mark.parametrize(
    "fields",
    [
        {"uses": "0"},
        {"uses": "101"},
        {"uses": "many"},
        {"days": "0"},
        {"days": "366"},
        {"days": "1e9"},
        {"role": "owner"},
    ],
)
def test_no_other_link_is_made(
    harness: Harness, olive: Browser, page: str, fields: dict[str, str]
) -> None:
    links = page.replace("/people", "/links")
    refused = olive.post(links, form_on=page, **fields)
    assert refused.status_code == 400 and f"{next(iter(fields))}: " in refused.text
    assert harness.database.read(lambda: db.session.scalars(db.select(Link.id)).all()) == []


@pytest.mark.parametrize("code", ["", "guess", "x" * 5000, "é\0", "' OR 1=1"])
def test_no_other_code_leads_anywhere(nobody: Browser, cast: Cast, code: str) -> None:
    refused = nobody.post("/link", form_on="/link", code=code)
    assert refused.status_code == 404 and NOT_VALID in unescape(refused.text)
    assert nobody.open("/link/join").status_code == 404


def test_no_page_of_a_link_is_for_search_engines(olive: Browser, eve: Browser, page: str) -> None:
    link = made(olive, page)
    assert 'name="robots" content="noindex"' in eve.open("/link").text
    follow(eve, secret_of(link))
    shown = eve.open("/link/join")
    assert 'name="robots" content="noindex"' in shown.text
    assert secret_of(link) not in shown.text
    assert shown.headers["Referrer-Policy"] == "same-origin"


def test_the_public_address_comes_first(database_url: str, cast: Cast) -> None:
    public = "https://chat.example.org/below"
    config = Config("a key for tests", database_url=database_url, public_url=public)
    app = create_app(config)
    where = Database(app).conversation(cast.olive)
    olive = Browser(app).signed_in(cast.olive)
    olive.post(f"/conversations/{where}/links")
    assert f"{public}/link#" in olive.open(f"/conversations/{where}/people").text


def test_attempts_are_limited(database_url: str, cast: Cast) -> None:
    limits = RateLimits.from_env({"LIMIT_LINK": "3 per minute"})
    app: Flask = create_app(Config("a key", database_url=database_url, rate_limits=limits))
    browser = Browser(app)
    answers = [browser.post("/link", form_on="/link", code="guess") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [404, 404, 404, 429]
    assert answers[-1].headers["Retry-After"]
