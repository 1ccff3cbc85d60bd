"""What every page tells the browser about what it may do with it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from flask import Flask

from app import create_app
from app.replies import current_runtime
from tests.support.browser import Browser
from tests.support.cast import Cast
from tests.support.database import Database

NONCE = re.compile(r"'nonce-([\w-]{20,})'")


@pytest.fixture
def olive(app: Flask, cast: Cast) -> Browser:
    return Browser(app).signed_in(cast.olive)


@pytest.fixture
def paths(database: Database, cast: Cast) -> list[str]:
    """Pages of each kind, and what is no page."""
    where = database.conversation(cast.olive)
    return [
        "/account",
        "/conversations",
        f"/conversations/{where}",
        f"/conversations/{where}?before=1",
        "/conversations/missing",
        "/nowhere",
    ]


class Scripts(HTMLParser):
    """Asserts that nothing on a page runs or looks as it does but by files of ours."""

    def __init__(self, nonce: str) -> None:
        super().__init__()
        self.nonce = nonce
        self.found = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = dict(attrs)
        assert tag != "style" and "style" not in names
        assert not [name for name in names if name.startswith("on")]
        if tag == "script":
            self.found += 1
            assert names["nonce"] == self.nonce
            assert re.match(r"/static/v-[0-9a-f]{16}/js/", str(names["src"]))


def test_every_page_allows_what_it_needs_and_nothing_else(olive: Browser, paths: list[str]) -> None:
    for path in paths:
        policy = olive.open(path).headers["Content-Security-Policy"]
        assert NONCE.sub("'nonce'", policy) == (
            "default-src 'none'; script-src 'nonce'; style-src 'self'; img-src 'self' data:; "
            "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        ), path


def test_scripts_are_files_of_ours_and_carry_the_responses_own_nonce(
    olive: Browser, paths: list[str]
) -> None:
    found, nonces = 0, set()
    for path in ["/login", *paths]:
        answer = olive.open(path)
        nonce = NONCE.search(answer.headers["Content-Security-Policy"])
        assert nonce
        nonces.add(nonce[1])
        page = Scripts(nonce[1])
        page.feed(answer.text)
        found += page.found
    assert found >= 3, "there must be scripts for this to mean anything"
    assert len(nonces) == len(paths) + 1, "each response has its own"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("X-Content-Type-Options", "nosniff"),
        ("X-Frame-Options", "DENY"),
        ("Referrer-Policy", "same-origin"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
        ("Permissions-Policy", r"camera=\(\), .*microphone=\(\).*"),
        ("Cache-Control", "private, no-cache"),
    ],
)
def test_the_usual_headers_are_on_every_page(
    olive: Browser, paths: list[str], name: str, value: str
) -> None:
    for path in paths:
        assert re.fullmatch(value, olive.open(path).headers[name]), path


def test_files_are_not_sniffed_and_may_be_kept(olive: Browser) -> None:
    with olive.open("/static/js/times.js") as answer:
        headers = answer.headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "private" not in headers["Cache-Control"]


@pytest.fixture
def in_production(app: Flask) -> Callable[[], Flask]:
    """Make the same app in production."""

    def make() -> Flask:
        with app.app_context():
            return create_app(replace(current_runtime().config, production=True))

    return make


def test_in_production_the_browser_is_to_come_by_https_only(
    app: Flask, in_production: Callable[[], Flask]
) -> None:
    assert "Strict-Transport-Security" not in Browser(app).open("/login").headers
    header = Browser(in_production()).open("/login").headers["Strict-Transport-Security"]
    assert header == "max-age=31536000"


def test_in_production_the_cookie_is_the_hosts_own_and_travels_by_https_alone(
    in_production: Callable[[], Flask],
) -> None:
    cookie = Browser(in_production()).open("/login").headers["Set-Cookie"]
    name, *attributes = cookie.split("; ")
    assert name.startswith("__Host-midstream=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(attributes)
    assert "Domain" not in cookie


def test_in_development_the_cookie_is_out_of_reach_of_scripts_and_of_other_sites(
    app: Flask,
) -> None:
    cookie = Browser(app).open("/login").headers["Set-Cookie"]
    assert cookie.startswith("midstream=")
    assert {"HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
