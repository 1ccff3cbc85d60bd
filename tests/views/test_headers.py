"""Security headers."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from flask import Flask

from app import create_app
from app.config import current_config
from tests.support.browser import Browser
from tests.support.cast import Cast
from tests.support.database import Database

NONCE = re.compile(r"'nonce-([\w-]{20,})'")


@pytest.fixture
def olive(app: Flask, cast: Cast) -> Browser:
    return Browser(app).signed_in(cast.olive)


@pytest.fixture
def paths(database: Database, cast: Cast) -> list[str]:
    """The paths of every kind of page, and of error pages."""
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
    """Asserts that a page has no inline styles or handlers, and only our own scripts."""

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
            assert re.match(r"/static/v-[0-9a-f]{16}/[a-z-]+\.js$", str(names["src"]))


def test_pages_are_not_compressed_but_scripts_are(olive: Browser, paths: list[str]) -> None:
    headers = {"Accept-Encoding": "gzip, br, zstd"}
    for path in [*paths, "/login"]:
        page = olive.open(path, headers=headers)
        assert "Content-Encoding" not in page.headers, path
    scripts = re.findall(r'src="(/static/[^"]+)"', olive.open("/account").text)
    assert olive.open(scripts[0], headers=headers).headers["Content-Encoding"] == "br"


def test_the_content_security_policy_allows_only_what_a_page_needs(
    olive: Browser, paths: list[str]
) -> None:
    for path in paths:
        policy = olive.open(path).headers["Content-Security-Policy"]
        assert NONCE.sub("'nonce'", policy) == (
            "default-src 'none'; script-src 'nonce'; style-src 'self'; img-src 'self' data:; "
            "manifest-src 'self'; worker-src 'self'; connect-src 'self'; form-action 'self'; "
            "base-uri 'none'; frame-src 'self'; "
            "frame-ancestors 'none'"
        ), path


@pytest.mark.parametrize("name", ["diagram", "preview"])
def test_a_frame_has_no_network_no_origin_and_no_other_page_around_it(
    olive: Browser, name: str
) -> None:
    headers = olive.open(f"/static/{name}.html").headers
    assert headers["X-Frame-Options"] == "SAMEORIGIN"
    policy = headers["Content-Security-Policy"].split("; ")
    assert {"default-src 'none'", "sandbox allow-scripts", "frame-ancestors 'self'"} <= set(policy)
    assert not [each for each in policy if "http" in each or each.startswith("connect-src")]


def test_scripts_are_our_own_files_with_the_nonce_of_the_response(
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
def test_every_page_has_the_usual_security_headers(
    olive: Browser, paths: list[str], name: str, value: str
) -> None:
    for path in paths:
        assert re.fullmatch(value, olive.open(path).headers[name]), path


def test_static_files_are_not_sniffed_and_can_be_cached(olive: Browser) -> None:
    with olive.open("/static/page.js") as answer:
        headers = answer.headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "private" not in headers["Cache-Control"]


@pytest.fixture
def in_production(app: Flask) -> Callable[[], Flask]:
    """Return a function that makes the same app in production."""

    def make() -> Flask:
        with app.app_context():
            return create_app(replace(current_config(), production=True))

    return make


def test_in_production_browsers_are_told_to_use_https_only(
    app: Flask, in_production: Callable[[], Flask]
) -> None:
    assert "Strict-Transport-Security" not in Browser(app).open("/login").headers
    header = Browser(in_production()).open("/login").headers["Strict-Transport-Security"]
    assert header == "max-age=31536000"


def test_in_production_the_cookie_is_bound_to_the_host_and_https(
    in_production: Callable[[], Flask],
) -> None:
    cookie = Browser(in_production()).open("/login").headers["Set-Cookie"]
    name, *attributes = cookie.split("; ")
    assert name.startswith("__Host-midstream=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(attributes)
    assert "Domain" not in cookie
