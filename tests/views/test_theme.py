"""The chosen theme is in every page."""

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
def test_the_chosen_theme_is_in_every_page(client: FlaskClient, theme: str) -> None:
    assert choose(client, theme) == "/login?next=/x"

    page = client.get("/login").text
    assert f'<html lang="en" data-theme="{theme}">' in page
    assert f'<meta name="color-scheme" content="{theme}">' in page


@pytest.mark.parametrize("theme", ["system", "", '"><script>'])
def test_any_other_value_restores_the_systems_theme(client: FlaskClient, theme: str) -> None:
    choose(client, "dark")
    choose(client, theme)

    page = client.get("/login").text
    assert '<html lang="en">' in page
    assert '<meta name="color-scheme" content="light dark">' in page


@pytest.mark.parametrize("theme", ["system", "", '"><script>', "x" * 4000])
def test_only_a_known_theme_is_stored(client: FlaskClient, theme: str) -> None:
    choose(client, "dark")
    cookie = client.get_cookie("theme")
    assert cookie is not None and cookie.value == "dark"
    choose(client, theme)
    assert client.get_cookie("theme") is None


@pytest.mark.parametrize(
    "referrer",
    [
        "https://elsewhere.example/",
        "http://localhost//evil.example",
        "http://[",
        "http://localhost:x/",
        "",
    ],
)
def test_choosing_never_redirects_to_another_site(client: FlaskClient, referrer: str) -> None:
    assert choose(client, "dark", referrer) == "/conversations"
