"""Signing in at a provider of OpenID Connect: whom it signs in, and what it may not lie about."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask

from app.auth.identity import LINK
from app.config import OpenIdSettings
from app.extensions import db
from app.models import Link, OpenIdIdentity, Passkey, User
from app.models.columns import now
from app.models.link import Purpose
from app.openid import Provider, requests
from app.openid.discovery import Metadata
from app.openid.provider import KEPT_SECONDS
from app.providers.call import TimeLimits
from tests.support.browser import Browser
from tests.support.cast import PASSWORD, Cast
from tests.support.database import Database
from tests.support.openid_provider import (
    CLIENT_ID,
    CLIENT_SECRET,
    PERSON,
    RunningProvider,
    openid_provider,
)
from tests.support.services import free_port
from tests.views.account.conftest import is_signed_in

BEGIN, SECURITY = "/login/openid", "/account/security"
NORA = PERSON["email"]


@pytest.fixture(scope="module")
def running() -> Iterator[RunningProvider]:
    with openid_provider(free_port()) as provider:
        yield provider


@pytest.fixture
def provider(app: Flask, running: RunningProvider) -> RunningProvider:
    """The provider, which tells the truth; whoever it signs in may have an account."""
    running.say()
    settings = OpenIdSettings(running.issuer, CLIENT_ID, CLIENT_SECRET, "Example")
    allow(app, "open", openid=settings)
    Provider(app, settings)
    return running


def allow(app: Flask, registration: str, **more: Any) -> None:
    config = app.extensions["config"]
    app.extensions["config"] = replace(config, registration=registration, **more)


def begin(browser: Browser, path: str = BEGIN) -> str:
    """Return the address to which the provider is asked to send the browser."""
    answer = browser.open(path)
    assert answer.status_code == 302, answer.text
    return str(answer.location)


def back(browser: Browser, provider: RunningProvider, address: str) -> Any:
    """Sign in at the provider and come back; return what the app answers."""
    url = urlsplit(provider.sign_in(address))
    return browser.open(f"{url.path}?{url.query}")


def sign_in(browser: Browser, provider: RunningProvider, path: str = BEGIN) -> Any:
    return back(browser, provider, begin(browser, path))


def users(database: Database, email: str = NORA) -> int:
    found = db.select(db.func.count()).select_from(User).where(User.email == email)
    return database.read(lambda: db.session.scalar(found)) or 0


def test_the_first_sign_in_makes_an_account_and_the_next_one_finds_it(
    app: Flask, nobody: Browser, provider: RunningProvider, database: Database
) -> None:
    assert "Sign in with <bdi>Example</bdi>" in nobody.open("/login").text
    assert sign_in(nobody, provider, f"{BEGIN}?next=/account").location == "/account"
    assert "Nora" in nobody.open("/account").text
    provider.say(person={"email": "married@example.org", "name": "Nora B."})
    again = Browser(app)
    assert sign_in(again, provider).location == "/conversations"
    assert NORA in again.open("/account").text, "it is who it was, whatever her address is"
    assert (users(database), users(database, "married@example.org")) == (1, 0)
    database.write(lambda: db.session.execute(db.update(User).values(disabled_at=now())))
    refused = sign_in(Browser(app), provider)
    assert refused.status_code == 403 and "This account is disabled." in refused.text


def test_an_address_elsewhere_is_read_and_must_be_of_the_same_person(
    app: Flask, nobody: Browser, provider: RunningProvider, database: Database
) -> None:
    provider.say(elsewhere=True, userinfo={"sub": "somebody else"})
    assert sign_in(nobody, provider).status_code == 422
    for addresses in ({"userinfo_endpoint": None}, {"userinfo_endpoint": "http://evil.example/"}):
        provider.say(elsewhere=True, metadata=addresses)
        app.extensions["openid"]._known = None
        assert "does not vouch" in sign_in(nobody, provider).text
    provider.say(elsewhere=True, person={"name": None, "preferred_username": "nora"})
    app.extensions["openid"]._known = None
    assert sign_in(nobody, provider).location == "/conversations"
    assert users(database) == 1
    assert 'value="nora"' in nobody.open("/account").text


LIES: dict[str, tuple[dict[str, Any], str]] = {
    "nonce": ({"claims": {"nonce": "another"}}, "belongs to another sign-in"),
    "audience": ({"claims": {"aud": "another"}}, "meant for another application"),
    "party": ({"claims": {"aud": [CLIENT_ID, "x"], "azp": "x"}}, "meant for another application"),
    "issuer": ({"claims": {"iss": "https://evil.example"}}, "comes from another provider"),
    "issuers": ({"claims": {"iss": ["https://evil.example"]}}, "comes from another provider"),
    "expired": ({"claims": {"exp": int(time.time()) - 3600}}, "has expired"),
    "no end": ({"claims": {"exp": None}}, "has expired"),
    "future": ({"claims": {"iat": int(time.time()) + 36000}}, "has expired"),
    "nobody": ({"claims": {"sub": ""}}, "not complete"),
    "no text": ({"claims": {"sub": 7}}, "not complete"),
    "NUL": ({"claims": {"sub": "a\0b"}}, "not complete"),
    "none": ({"alg": "none"}, "is not signed with its key"),
    "shared": ({"alg": "HS256"}, "is not signed with its key"),
    "unknown key": ({"alg": "other key"}, "is not signed with its key"),
    "forged": ({"alg": "other key", "kid": "known"}, "is not signed with its key"),
    "mixed up": ({"answer": {"iss": "https://evil.example"}}, "comes from another provider"),
    "denied": ({"error": "access_denied"}, "You did not sign in at Example."),
    "failed": ({"error": "server_error"}, "Example has refused the sign-in."),
    "no code": ({"answer": {"code": ""}}, "not complete"),
    "other code": ({"answer": {"code": "x"}}, "can&#39;t be reached"),
    "state": ({"answer": {"state": "x"}}, "was not begun in this browser"),
    "unverified": ({"person": {"email_verified": False}}, "does not vouch for an email address"),
    "verified?": ({"person": {"email_verified": "true"}}, "does not vouch for an email address"),
    "no address": ({"person": {"email": "nora"}}, "does not vouch for an email address"),
}


@pytest.mark.parametrize("lie", LIES)
def test_what_is_not_true_signs_nobody_in(
    nobody: Browser, provider: RunningProvider, database: Database, lie: str
) -> None:
    wanted, sentence = LIES[lie]
    address = begin(nobody)
    provider.say(**wanted)
    refused = back(nobody, provider, address)
    assert refused.status_code >= 400 and sentence in refused.text
    assert not is_signed_in(nobody) and users(database) == 0


BROKEN: dict[str, tuple[dict[str, Any], str]] = {
    "another issuer": ({"issuer": "https://evil.example"}, "not set up"),
    "no token endpoint": ({"token_endpoint": None}, "not set up"),
    "an unsafe endpoint": ({"token_endpoint": "http://evil.example/token"}, "not set up"),
    "a malformed endpoint": ({"token_endpoint": "http://[/"}, "not set up"),
    "no keys": ({"jwks_uri": "<issuer>/userinfo"}, "not set up"),
    "too many bytes": ({"jwks_uri": "<issuer>/huge"}, "can&#39;t be read"),
    "a list": ({"jwks_uri": "<issuer>/list"}, "can&#39;t be read"),
    "nobody there": ({"jwks_uri": "http://127.0.0.1:9/"}, "can&#39;t be reached"),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_a_provider_that_is_not_what_it_should_be_is_not_asked(
    nobody: Browser, provider: RunningProvider, fault: str
) -> None:
    values, sentence = BROKEN[fault]
    issuer = provider.issuer
    told = {name: each and each.replace("<issuer>", issuer) for name, each in values.items()}
    provider.say(metadata=told)
    refused = nobody.open(BEGIN)
    assert refused.status_code in (422, 503) and sentence in refused.text
    provider.say()
    assert begin(nobody).startswith(issuer), "it is asked again"


def test_a_slow_provider_is_not_waited_for(
    nobody: Browser, provider: RunningProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(requests, "LIMITS", TimeLimits(connect=5, read=0.5, total=1))
    address = begin(nobody)
    provider.say(delay={"/.well-known/openid-configuration": 3, "/userinfo": 3}, elsewhere=True)
    assert "can&#39;t be reached" in back(nobody, provider, address).text


def test_new_keys_are_asked_for_and_the_old_answer_of_the_provider_is_not_kept_for_ever(
    app: Flask, nobody: Browser, provider: RunningProvider
) -> None:
    assert sign_in(nobody, provider).location == "/conversations"
    known: Metadata = app.extensions["openid"]._known
    provider.say(**{"new key": True})
    assert "is not signed" in sign_in(Browser(app), provider).text, "it was asked just now"
    app.extensions["openid"]._known = known._replace(at=known.at - 60)
    assert sign_in(Browser(app), provider).location == "/conversations"
    known = app.extensions["openid"]._known
    app.extensions["openid"]._known = known._replace(at=known.at - KEPT_SECONDS - 1)
    assert sign_in(Browser(app), provider).location == "/conversations"
    assert app.extensions["openid"]._known.at > known.at - KEPT_SECONDS


def test_an_answer_is_taken_once_and_in_the_browser_that_has_begun(
    app: Flask, nobody: Browser, provider: RunningProvider
) -> None:
    url = urlsplit(provider.sign_in(begin(nobody)))
    answer = f"{url.path}?{url.query}"
    stranger = Browser(app).open(answer)
    assert stranger.status_code == 422 and "not begun in this browser" in stranger.text
    assert nobody.open(answer).location == "/conversations"
    assert nobody.open(answer).location == SECURITY
    assert "was used already" in nobody.open(SECURITY).text
    assert nobody.open("/login/openid/callback").status_code == 302
    first, second = begin(Browser(app)), Browser(app)
    begin(second)
    assert "not begun" in back(second, provider, first).text


def test_what_is_asked_of_the_provider_is_as_the_standards_say(
    app: Flask, nobody: Browser, provider: RunningProvider
) -> None:
    query = parse_qs(urlsplit(begin(nobody)).query)
    assert query["response_type"] == ["code"] and query["scope"] == ["openid email profile"]
    assert query["code_challenge_method"] == ["S256"] and query["nonce"] and query["state"]
    assert query["redirect_uri"] == ["http://localhost/login/openid/callback"]
    allow(app, "open", public_url="https://chat.example.org/team")
    query = parse_qs(urlsplit(begin(nobody)).query)
    assert query["redirect_uri"] == ["https://chat.example.org/team/login/openid/callback"]
    prefixed = nobody.open(BEGIN, base_url="http://localhost/team").location
    assert query["redirect_uri"] == parse_qs(urlsplit(prefixed).query)["redirect_uri"]
    methods = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    said = {**methods, "authorization_response_iss_parameter_supported": True}
    provider.say(metadata=said)
    app.extensions["openid"]._known = None
    allow(app, "open", public_url=None)
    assert sign_in(nobody, provider).location == "/conversations"
    Provider(app, OpenIdSettings(provider.issuer, CLIENT_ID, None, "Example"))
    assert "can&#39;t be reached" in sign_in(Browser(app), provider).text, "it has no secret"


def test_who_may_register_is_as_for_everybody(
    app: Flask, provider: RunningProvider, database: Database, cast: Cast
) -> None:
    def refusal() -> str:
        answer = sign_in(Browser(app), provider)
        assert answer.status_code == 403 and users(database) == 0
        return str(answer.text)

    allow(app, "closed")
    assert "made by the people who run this server" in refusal()
    allow(app, "domains", domains=("example.com",))
    assert "Only for addresses at example.com" in refusal()
    allow(app, "invitation")
    assert "needs a link" in refusal()
    only = {"email": "somebody@example.org"}
    for about, is_allowed in ((only, False), ({}, True)):
        make = lambda about=about: Link.create(Purpose.REGISTER, timedelta(days=1), **about)  # noqa: E731
        secret, browser = database.write(make), Browser(app)
        with browser.client.session_transaction() as session:
            session[LINK + Purpose.REGISTER] = secret
        answer = sign_in(browser, provider)
        assert (answer.status_code == 302) is is_allowed
    assert users(database) == 1


def test_an_account_with_the_address_is_not_taken_over_but_connected(
    app: Flask,
    cast: Cast,
    olive: Browser,
    nobody: Browser,
    provider: RunningProvider,
    database: Database,
) -> None:
    provider.say(person={"email": cast.olive.email})
    refused = sign_in(nobody, provider)
    assert refused.status_code == 409
    assert f"There is an account with the address {cast.olive.email}" in refused.text
    assert not is_signed_in(nobody)
    page = olive.post("/account/openid", form_on=SECURITY).text
    address = page.partition('href="' + provider.issuer)[2].partition('"')[0]
    there = provider.issuer + address.replace("&amp;", "&")
    assert back(nobody, provider, there).status_code == 422, "in another browser"
    assert back(olive, provider, there).location == SECURITY
    assert "Example is connected" in olive.open(SECURITY).text
    assert sign_in(nobody, provider).location == "/conversations"
    assert cast.olive.email in nobody.open("/account").text


def connect(browser: Browser, provider: RunningProvider, **fields: str) -> Any:
    page = browser.post("/account/openid", form_on=SECURITY, **fields)
    if page.status_code != 200:
        return page
    address = page.text.partition('href="' + provider.issuer)[2].partition('"')[0]
    return back(browser, provider, provider.issuer + address.replace("&amp;", "&"))


def test_connecting_takes_the_password_and_nobody_gets_what_is_somebody_elses(
    app: Flask,
    cast: Cast,
    olive: Browser,
    eve: Browser,
    provider: RunningProvider,
    database: Database,
) -> None:
    database.age_sign_ins()
    refused = connect(olive, provider, current="wrong")
    assert refused.status_code == 400 and '<details class="confirmed" open>' in refused.text
    assert 'id="problem-">The current password is wrong.</p>' in refused.text
    assert connect(olive, provider, current=PASSWORD).location == SECURITY
    connect(olive, provider, current=PASSWORD)
    olive.open(SECURITY)
    assert connect(eve, provider, current=PASSWORD).location == SECURITY
    assert "connected with another account" in eve.open(SECURITY).text
    page = olive.post("/account/openid", form_on=SECURITY, current=PASSWORD).text
    address = page.partition('href="' + provider.issuer)[2].partition('"')[0]
    other = Browser(app).signed_in(cast.max)
    for name in ("midstream",):
        cookie = olive.client.get_cookie(name)
        assert cookie
    assert (
        back(other, provider, provider.issuer + address.replace("&amp;", "&")).location == SECURITY
    )
    assert "was not begun in this browser" in other.open(SECURITY).text
    assert olive.open("/account/openid").location == SECURITY


def test_disconnecting_leaves_a_way_to_sign_in(
    app: Flask, nobody: Browser, provider: RunningProvider, database: Database
) -> None:
    sign_in(nobody, provider)
    key = database.read(lambda: db.session.scalar(db.select(OpenIdIdentity.id)))
    path = "/account/openid/disconnect"
    refused = nobody.post(path, form_on=SECURITY, id=str(key))
    assert "could not sign in any more" in refused.text and 'confirmed" open>' in refused.text
    user = database.read(lambda: db.session.scalar(db.select(User.id).filter_by(email=NORA)))
    about = {"name": "Key", "handle": b"h", "public_key": b"k"}
    database.write(lambda: Passkey.add(user, "id", **about))
    nobody.post(path, form_on=SECURITY, id=str(key))
    nobody.post(path, form_on=SECURITY, id=str(key))
    assert database.read(lambda: db.session.scalar(db.select(OpenIdIdentity.id))) is None
    answer = Browser(app).post_bare(path, id="1")
    assert answer.status_code == 400


def test_without_a_provider_there_is_no_such_page(nobody: Browser, olive: Browser) -> None:
    assert "Sign in with <bdi>" not in nobody.open("/login").text
    for path in (BEGIN, "/login/openid/callback"):
        assert nobody.open(path).status_code == 404
    assert olive.post("/account/openid").status_code == 404
