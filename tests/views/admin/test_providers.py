"""Providers and their keys."""

from __future__ import annotations

import logging
from dataclasses import replace

import pytest
from flask import Flask

from app.encryption import decrypt
from app.extensions import db
from app.models import ModelProvider
from app.models.model_provider import MAX_PROVIDERS, Api
from tests.support.browser import Browser
from tests.support.database import Database
from tests.support.fake_model import FakeModel
from tests.views.admin.conftest import KEY, add_model


def stored_keys(database: Database) -> list[str | None]:
    """Return what is stored of the key of each provider."""
    return database.read(lambda: list(db.session.scalars(db.select(ModelProvider.stored_key))))


def test_a_key_is_encrypted_and_never_shown_again(
    admin: Browser, provider: str, database: Database, app: Flask
) -> None:
    [stored] = stored_keys(database)
    assert stored and KEY not in stored
    with app.app_context():
        assert decrypt(stored) == KEY
    model = add_model(admin, provider)
    pages = [admin.open(page).text for page in ("/admin/models", provider, model, "/conversations")]
    assert not any(KEY in page or stored in page for page in pages)
    assert f"ends with <code>{KEY[-4:]}</code>" in pages[1]


def test_a_short_key_has_no_hint(admin: Browser, provider: str) -> None:
    admin.post(provider, form_on=provider, base_url="", api_key="a-short-key")
    page = admin.open(provider).text
    assert "It has a key" in page and "-key</code>" not in page


def test_a_key_belongs_to_its_address(
    admin: Browser, provider: str, database: Database, model: FakeModel
) -> None:
    admin.post(provider, form_on=provider, base_url=f"{model.url}/v1/", api_key="")
    assert stored_keys(database) != [None], "it is the same address"
    admin.post(provider, form_on=provider, base_url="https://elsewhere.example/v1", api_key="")
    assert stored_keys(database) == [None]
    assert "It has no key" in admin.open(provider).text


def test_a_key_can_be_removed_and_a_provider_too(
    admin: Browser, provider: str, database: Database
) -> None:
    add_model(admin, provider)
    assert admin.post(f"{provider}/forget", form_on=provider).location == provider
    assert stored_keys(database) == [None]
    assert admin.post(f"{provider}/remove", form_on=provider).location == "/admin/models"
    assert stored_keys(database) == []
    gone = [admin.open(provider), admin.post(f"{provider}/remove")]
    assert [page.status_code for page in gone] == [404, 404]
    assert all("no such provider" in page.text for page in gone)
    assert "Acme" not in admin.open("/admin/models").text


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"name": ""}, "Write small letters"),
        ({"name": "Acme"}, "Write small letters"),
        ({"name": "a" * 31}, "at most 30"),
        ({"name": "openai"}, "choose another"),
        ({"name": "acme"}, "There is a provider of this name already."),
        ({"api": "else"}, "Input should be"),
        ({"base_url": "ftp://x"}, "begins with http"),
        ({"base_url": "http://"}, "begins with http"),
        ({"base_url": "http://me:secret@x"}, "without a name, a password"),
        ({"base_url": "https://x/?key=1"}, "without a name, a password"),
        ({"base_url": "https://x/" + "y" * 500}, "at most 500"),
        ({"api_key": "two words"}, "without spaces"),
        ({"api_key": "ключ"}, "ASCII"),
        ({"api_key": "k" * 501}, "at most 500"),
    ],
)
def test_what_can_not_be_a_provider_is_refused_with_a_sentence(
    admin: Browser, provider: str, fields: dict[str, str], sentence: str
) -> None:
    about = {"name": "other", "api": "openai", "base_url": "", "api_key": "", **fields}
    refused = admin.post("/admin/providers", form_on="/admin/models", **about)
    assert refused.status_code in (400, 409)
    assert sentence in refused.text
    assert "secret" not in refused.text.partition("base_url")[0], "no sentence repeats a password"
    for name in ("api_key",):
        assert not about[name] or f'value="{about[name]}"' not in refused.text


def test_a_changed_provider_is_checked_too(admin: Browser, provider: str) -> None:
    refused = admin.post(provider, form_on=provider, base_url="gopher://x")
    assert refused.status_code == 400 and "begins with http" in refused.text


def test_there_is_a_bound(admin: Browser, database: Database) -> None:
    numbers = range(MAX_PROVIDERS)
    database.write(lambda: [ModelProvider.add(f"p{each}", Api.OPENAI, None) for each in numbers])
    fields = {"name": "more", "api": "openai"}
    refused = admin.post("/admin/providers", form_on="/admin/models", **fields)
    assert refused.status_code == 400 and f"{MAX_PROVIDERS} providers" in refused.text


def test_a_form_that_is_out_of_date_does_not_repeat_the_key(admin: Browser) -> None:
    refused = admin.post_bare("/admin/providers", csrf_token="old", name="x", api_key=KEY)
    assert refused.status_code == 400 and KEY not in refused.text


def test_the_models_of_a_provider_are_listed_to_be_chosen(
    admin: Browser, provider: str, model: FakeModel
) -> None:
    page = admin.post(f"{provider}/list", form_on=provider)
    assert "lists 2 models" in page.text and "<option>openai-text</option>" in page.text
    assert model.requests[-1].headers["Authorization"] == f"Bearer {KEY}"
    assert admin.open(f"{provider}/list").location == provider


@pytest.mark.parametrize(
    ("listed", "sentence"),
    [
        ([{"id": "a"}, {"id": "a"}, {"id": 7}, {"id": "b\nc"}, "x", {}], "lists 1 model."),
        ({"data": []}, "lists 0 models"),
        ({"data": "nothing"}, "can&#39;t be read"),
        ({}, "can&#39;t be read"),
        ([{"id": str(each)} for each in range(2001)], "more"),
        ([{"id": "x" * 5_000_000}], "too large"),
    ],
    ids=["odd", "none", "no list", "nothing", "too many", "too large"],
)
def test_any_list_is_read_within_bounds(
    admin: Browser, provider: str, model: FakeModel, listed: object, sentence: str
) -> None:
    model.listed = listed
    page = admin.post(f"{provider}/list", form_on=provider)
    assert page.status_code == 200 and sentence in page.text


def test_a_provider_that_does_not_answer_is_a_sentence(admin: Browser, provider: str) -> None:
    admin.post(provider, form_on=provider, base_url="http://127.0.0.1:9", api_key=KEY)
    page = admin.post(f"{provider}/list", form_on=provider)
    assert "The model can&#39;t be reached at the moment." in page.text
    assert 'value="http://127.0.0.1:9"' in page.text, "its address is still in the form above"


def test_a_key_that_can_not_be_read_any_more_is_a_sentence(
    admin: Browser, provider: str, app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    page = add_model(admin, provider)
    app.extensions["config"] = replace(app.extensions["config"], secret_key="another")
    assert "has to enter it again" in admin.post(f"{provider}/list", form_on=provider).text
    with caplog.at_level(logging.ERROR):
        admin.post(page, form_on=page, label="Acme", audience="everybody")  # reads all again
    assert "can't be read" in caplog.text and KEY not in caplog.text
    admin.post(f"{page}/test", form_on=page)
    assert "has to enter it again" in admin.open(page).text
