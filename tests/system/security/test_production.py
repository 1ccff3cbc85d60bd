"""The cookie and the security headers of a server in production."""

from __future__ import annotations

import pytest
import requests

from tests.support.cast import PASSWORD, Cast, Person
from tests.support.http_session import csrf_token
from tests.support.server import Server

pytestmark = [pytest.mark.system, pytest.mark.async_mode]


@pytest.fixture(scope="module")
def settings() -> dict[str, str]:
    return {"MIDSTREAM_ENV": "production"}


def sign_in(server: Server, person: Person) -> requests.Response:
    """Send the sign-in form, with the Secure cookie, which no client sends over plain HTTP."""
    page = requests.get(f"{server.url}/login", timeout=20)
    return requests.post(
        f"{server.url}/login",
        data={"email": person.email, "password": PASSWORD, "csrf_token": csrf_token(page.text)},
        headers={"Cookie": page.headers["Set-Cookie"].partition(";")[0]},
        allow_redirects=False,
        timeout=60,
    )


def test_the_cookie_is_bound_to_the_host_and_https_and_hidden_from_scripts(
    server: Server, cast: Cast
) -> None:
    answer = sign_in(server, cast.olive)
    assert answer.status_code == 302
    name, *attributes = answer.headers["Set-Cookie"].split("; ")
    assert name.startswith("__Host-midstream=")
    assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(attributes)
    assert not [each for each in attributes if each.startswith("Domain")]


@pytest.mark.parametrize("path", ["/login", "/nowhere", "/static/nothing.js"])
def test_every_response_has_security_headers(server: Server, path: str) -> None:
    headers = requests.get(server.url + path, timeout=20).headers
    assert headers["Strict-Transport-Security"].startswith("max-age=")
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")


def test_a_sign_in_form_without_a_session_and_its_token_is_refused(
    server: Server, cast: Cast
) -> None:
    fields = {"email": cast.max.email, "password": PASSWORD}
    answer = requests.post(f"{server.url}/login", data=fields, allow_redirects=False, timeout=20)
    assert answer.status_code == 400
    assert "Location" not in answer.headers
