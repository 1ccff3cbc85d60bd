"""A server in production: what its cookie is, what it tells browsers, and what it refuses."""

from __future__ import annotations

import pytest
import requests

from tests.support.cast import PASSWORD, Cast, Person
from tests.support.http_session import csrf_token
from tests.support.server import Server

pytestmark = [pytest.mark.system, pytest.mark.async_mode]

FOREIGN = [
    "//evil.example",
    "/\\evil.example",
    "///evil.example",
    "http:///evil.example",
    "https://evil.example/",
    "/\tevil.example",
    "\t//evil.example",
    "javascript:alert(1)",
    "evil.example",
]
POSTS = ["/login", "/logout", "/conversations", "/account/password", "/account/tokens"]


@pytest.fixture(scope="module")
def settings() -> dict[str, str]:
    return {"MIDSTREAM_ENV": "production", "LIMIT_SIGN_IN_ACCOUNT": "2 per 5 minutes"}


def set_cookies(answer: requests.Response) -> dict[str, list[str]]:
    """Return the cookies that a response sets by their names: the pair, and the attributes."""
    lines = [line.split("; ") for line in answer.raw.headers.getlist("Set-Cookie")]
    return {line[0].partition("=")[0]: line for line in lines}


def attempt(
    server: Server, person: Person, password: str = PASSWORD, **query: str
) -> requests.Response:
    """Sign in by the form. Over plain HTTP nothing sends a Secure cookie back but this."""
    page = requests.get(f"{server.url}/login", timeout=20)
    return requests.post(
        f"{server.url}/login",
        params=query,
        data={"email": person.email, "password": password, "csrf_token": csrf_token(page.text)},
        headers={"Cookie": page.headers["Set-Cookie"].partition(";")[0]},
        allow_redirects=False,
        timeout=60,
    )


def test_the_cookie_is_the_hosts_own_and_kept_from_scripts(server: Server, cast: Cast) -> None:
    answer = attempt(server, cast.olive)
    assert answer.status_code == 302
    cookies = set_cookies(answer)
    assert set(cookies) == {"__Host-midstream", "__Host-midstream-device"}
    for _, *attributes in cookies.values():
        assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(attributes)
        assert not [each for each in attributes if each.startswith("Domain")]


@pytest.mark.parametrize("path", ["/login", "/nowhere", "/static/nothing.js"])
def test_browsers_are_told_to_come_by_tls_alone(server: Server, path: str) -> None:
    headers = requests.get(server.url + path, timeout=20).headers
    assert headers["Strict-Transport-Security"].startswith("max-age=")
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")


@pytest.mark.parametrize("path", POSTS)
def test_a_form_without_its_token_is_refused(server: Server, cast: Cast, path: str) -> None:
    cookie = set_cookies(attempt(server, cast.max))["__Host-midstream"][0]
    for headers in ({"Cookie": cookie}, {}):
        fields = {"email": cast.max.email, "password": PASSWORD, "name": "x", "title": "x"}
        answer = requests.post(
            server.url + path, data=fields, headers=headers, allow_redirects=False, timeout=20
        )
        assert answer.status_code == 400, answer.headers


@pytest.mark.parametrize("target", FOREIGN)
def test_signing_in_leads_nowhere_else(server: Server, cast: Cast, target: str) -> None:
    assert attempt(server, cast.olive, next=target).headers["Location"] == "/conversations"


def test_signing_in_leads_to_the_page_that_was_asked_for(server: Server, cast: Cast) -> None:
    assert attempt(server, cast.olive, next="/account?a=b").headers["Location"] == "/account?a=b"


def test_who_tries_too_often_hears_when_to_come_back(server: Server, cast: Cast) -> None:
    statuses = [attempt(server, cast.eve, "wrong").status_code for _ in range(2)]
    refused = attempt(server, cast.eve)
    assert (statuses, refused.status_code) == ([422, 422], 429)
    assert 0 < int(refused.headers["Retry-After"]) <= 300
    assert "too much at once" in refused.text
