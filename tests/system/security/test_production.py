"""A server in production: what its cookies are, and what it tells browsers."""

from __future__ import annotations

import pytest
import requests

from tests.support.cast import PASSWORD, Cast, Person
from tests.support.http_session import csrf_token
from tests.support.server import Server

pytestmark = pytest.mark.system


@pytest.fixture(scope="module")
def settings() -> dict[str, str]:
    return {"MIDSTREAM_ENV": "production"}


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
