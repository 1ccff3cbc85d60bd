"""Below the prefix of a proxy, all addresses, redirects and cookies have it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from app import create_app
from app.config import Config, current_config
from tests.support.browser import Browser
from tests.support.cast import PASSWORD, Cast

PREFIX = "/chat"
ADDRESS = re.compile(r'\s(?:href|src|action)="([^"]*)"')
ABSOLUTE = re.compile(r"[\"'`]/\w[^\"'`]*")
ROOT = Path(__file__).parents[2]
Application = Callable[[dict[str, Any], Any], Iterable[bytes]]


class Proxy:
    """Removes the prefix of addresses and says so, as the one in docs/operations.md does."""

    def __init__(self, application: Application) -> None:
        self._application = application

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        assert path.startswith(f"{PREFIX}/"), f"{path} is another program's"
        said = {"PATH_INFO": path.removeprefix(PREFIX), "HTTP_X_FORWARDED_PREFIX": PREFIX}
        return self._application({**environ, **said}, start_response)


@pytest.fixture
def behind(app: Flask) -> Callable[..., Browser]:
    """Return a function that makes a browser in front of a proxy."""

    def make(**settings: Any) -> Browser:
        with app.app_context():
            config: Config = replace(current_config(), trusted_proxies=1, **settings)
        app_behind = create_app(config)
        app_behind.wsgi_app = Proxy(app_behind.wsgi_app)  # type: ignore[method-assign]
        return Browser(app_behind)

    return make


@pytest.fixture
def signed_in(behind: Callable[..., Browser], cast: Cast) -> Browser:
    browser = behind()
    sign_in(browser, cast)
    return browser


def sign_in(browser: Browser, cast: Cast, query: str = "") -> str:
    """Sign in by the form; return where that leads."""
    login = f"{PREFIX}/login"
    fields = {"email": cast.olive.email, "password": PASSWORD}
    response = browser.post(f"{login}{query}", form_on=login, **fields)
    assert response.status_code == 302, response.text
    return response.location


def test_every_address_on_a_page_is_below_the_prefix(signed_in: Browser, conversation: str) -> None:
    for path in ("/conversations", f"/conversations/{conversation}", "/account", "/nowhere"):
        page = signed_in.open(PREFIX + path).text
        addresses = [each for each in ADDRESS.findall(page) if not each.startswith("#")]
        assert len(addresses) > 3, path
        assert [each for each in addresses if not each.startswith(f"{PREFIX}/")] == [], path
        assert f'<html lang="en" data-root="{PREFIX}"' in page


def test_what_a_page_loads_is_there(signed_in: Browser) -> None:
    page = signed_in.open(f"{PREFIX}/conversations").text
    files = {each for each in ADDRESS.findall(page) if "/static/" in each}
    assert len(files) >= 3
    for path in files:
        with signed_in.open(path) as response:
            assert response.status_code == 200


@pytest.mark.parametrize("path", ["/", "/account", "/conversations?q=a+b"])
def test_signing_in_leads_to_the_requested_page(
    behind: Callable[..., Browser], cast: Cast, path: str
) -> None:
    browser = behind()
    location = browser.open(PREFIX + path).location
    assert location.startswith(f"{PREFIX}/login?next={PREFIX}/")
    assert sign_in(browser, cast, location.removeprefix(f"{PREFIX}/login")) == PREFIX + path


@pytest.mark.parametrize(
    "next",
    [
        "/conversations",
        "/",
        "/chatty/x",
        "/chat",
        "/chat/../admin",
        "/chat/%2e%2e/admin",
        "//chat/",
    ],
)
def test_signing_in_leads_to_no_other_program_of_the_host(
    behind: Callable[..., Browser], cast: Cast, next: str
) -> None:
    assert sign_in(behind(), cast, f"?next={next}") == f"{PREFIX}/conversations"


def test_a_fresh_form_is_sent_to_the_same_place(signed_in: Browser, conversation: str) -> None:
    path = f"{PREFIX}/conversations/{conversation}/messages"
    refused = signed_in.post_bare(path, csrf_token="old", content="Hi")
    assert f'action="{path}"' in refused.text


@pytest.mark.parametrize(
    ("page", "location"),
    [("/chat/account?a=b", "/chat/account?a=b"), ("/other/page", "/chat/conversations")],
)
def test_choosing_a_theme_leads_back(signed_in: Browser, page: str, location: str) -> None:
    signed_in.client.environ_base["HTTP_REFERER"] = f"http://localhost{page}"
    chosen = signed_in.post(f"{PREFIX}/theme", form_on=f"{PREFIX}/account", theme="dark")
    assert chosen.location == location


def test_cookies_are_for_the_prefix_alone(signed_in: Browser) -> None:
    signed_in.open(f"{PREFIX}/account")
    signed_in.post(f"{PREFIX}/theme", form_on=f"{PREFIX}/account", theme="dark")
    for name in ("midstream", "midstream-device", "midstream-page", "theme"):
        assert signed_in.client.get_cookie(name, path=PREFIX), name
        assert signed_in.client.get_cookie(name) is None, name
    signed_in.post(f"{PREFIX}/logout", form_on=f"{PREFIX}/account")
    signed_in.post(f"{PREFIX}/theme", form_on=f"{PREFIX}/login", theme="system")
    for name in ("midstream-page", "theme"):
        assert signed_in.client.get_cookie(name, path=PREFIX) is None, name


def test_in_production_the_cookies_are_accepted_for_a_path(
    behind: Callable[..., Browser], cast: Cast
) -> None:
    response = behind(production=True).open(f"{PREFIX}/login")
    name, *attributes = response.headers["Set-Cookie"].split("; ")
    assert name.startswith("__Secure-midstream=")
    assert {"Secure", "HttpOnly", f"Path={PREFIX}", "SameSite=Lax"} <= set(attributes)


def test_programs_are_told_the_address_with_the_prefix(signed_in: Browser) -> None:
    page = signed_in.open(f"{PREFIX}/account/tokens").text
    assert f"url: &#34;http://localhost{PREFIX}&#34;" in page


def test_a_polling_session_is_bound_to_the_cookie_of_its_browser(
    signed_in: Browser, behind: Callable[..., Browser], app: Flask
) -> None:
    address = f"{PREFIX}/socket.io/?EIO=4&transport=polling"
    opened = signed_in.client.get(address)
    address += f"&sid={json.loads(opened.text[1:])['sid']}"
    assert Browser(signed_in.app).client.post(address, data="1").status_code == 400
    assert signed_in.client.post(address, data="40/conversations,").status_code == 200
    assert signed_in.client.get(address).text.startswith("40/conversations,")


def test_no_script_holds_an_absolute_path() -> None:
    scripts = list((ROOT / "app" / "static" / "js").glob("*.js"))
    assert len(scripts) > 20, "precondition: the scripts are found"
    found = {path.name: ABSOLUTE.findall(path.read_text("utf-8")) for path in scripts}
    assert {name: paths for name, paths in found.items() if paths} == {}


def test_without_a_trusted_proxy_nobody_can_say_a_prefix(client: Any) -> None:
    page = client.get("/login", headers={"X-Forwarded-Prefix": PREFIX})
    assert page.status_code == 200 and PREFIX not in page.text
