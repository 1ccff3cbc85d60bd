"""An administrator's browser, and a provider that is a fake one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from app.models import User
from app.models.offered_model import Offer, all_offers
from tests.support.browser import Browser
from tests.support.cast import Cast
from tests.support.database import Database
from tests.support.fake_model import FakeModel

KEY = "sk-nobody-may-ever-see-this-1234"


@pytest.fixture
def admin(app: Flask, cast: Cast, database: Database) -> Browser:
    """Max, who is an administrator here."""
    database.write(lambda: _user(cast.max.email).set_admin(True))
    return Browser(app).signed_in(cast.max)


@pytest.fixture(scope="module")
def model() -> Iterator[FakeModel]:
    with FakeModel() as server:
        yield server


@pytest.fixture
def provider(admin: Browser, model: FakeModel) -> str:
    """The page of a provider that has a key."""
    fields = {"name": "acme", "api": "openai", "base_url": f"{model.url}/v1", "api_key": KEY}
    added = admin.post("/admin/providers", form_on="/admin/models", **fields)
    assert added.location == "/admin/providers/acme", added.text
    return added.location


def add_model(admin: Browser, provider: str, name: str = "openai-text", **fields: str) -> str:
    """Add a model, offered to everybody unless the fields say otherwise; return its page."""
    page = admin.post(f"{provider}/models", form_on=provider, model=name).location
    about = {"label": f"Acme {name}", "audience": "everybody", **fields}
    saved = admin.post(page, form_on=page, **about)
    assert saved.status_code == 302, saved.text
    return page


def offers(database: Database) -> list[Offer]:
    """Return all models that were added."""
    return database.read(all_offers)


def _user(email: str) -> User:
    found = User.by_email(email)
    assert found
    return found
