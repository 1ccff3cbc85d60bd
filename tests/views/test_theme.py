"""The page comes in the colours that somebody has chosen."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from tests.support.http_session import csrf_token


def choose(
    client: FlaskClient, theme: str, referrer: str = "http://localhost/login?next=/x"
) -> str:
    fields = {"theme": theme, "csrf_token": csrf_token(client.get("/login").text)}
    response = client.post("/theme", data=fields, headers={"Referer": referrer})
    assert response.status_code == 302
    return response.location


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_choice_is_in_every_page_from_its_first_byte(client: FlaskClient, theme: str) -> None:
    assert choose(client, theme) == "/login?next=/x"

    page = client.get("/login").text
    assert f'<html lang="en" data-theme="{theme}">' in page
    assert f'<meta name="color-scheme" content="{theme}">' in page


@pytest.mark.parametrize("theme", ["system", "", '"><script>'])
def test_anything_else_is_what_the_system_has(client: FlaskClient, theme: str) -> None:
    choose(client, "dark")
    choose(client, theme)

    page = client.get("/login").text
    assert '<html lang="en">' in page
    assert '<meta name="color-scheme" content="light dark">' in page


@pytest.mark.parametrize("theme", ["system", "", '"><script>', "x" * 4000])
def test_only_a_choice_of_ours_is_kept(client: FlaskClient, theme: str) -> None:
    choose(client, "dark")
    cookie = client.get_cookie("theme")
    assert cookie is not None and cookie.value == "dark"
    choose(client, theme)
    assert client.get_cookie("theme") is None


@pytest.mark.parametrize(
    "referrer", ["https://elsewhere.example/", "http://localhost//evil.example", ""]
)
def test_it_leads_nowhere_else(client: FlaskClient, referrer: str) -> None:
    assert choose(client, "dark", referrer) == "/conversations"
