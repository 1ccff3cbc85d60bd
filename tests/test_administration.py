"""Who may administer: the table in docs/security.md, by every address below /admin."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask

from app.extensions import db
from app.models import ModelProvider, OfferedModel, User
from app.models.model_provider import Api
from tests.support.browser import Browser
from tests.support.cast import Cast, Person
from tests.support.database import Database

TABLE = (Path(__file__).parents[1] / "docs" / "security.md").read_text("utf-8")
WHO = ("administrator", "anybody else", "nobody")


@pytest.fixture
def addresses(app: Flask, cast: Cast, database: Database) -> list[tuple[str, str]]:
    """All addresses of administrators, by method; Max is one."""
    key = database.write(lambda: _set_up(cast.max.email))
    rex = database.read(lambda: User.by_email(cast.rex.email).id)  # type: ignore[union-attr]
    known = {"name": "acme", "key": key}
    of_people = {"key": rex}
    with app.test_request_context():
        adapter = app.create_url_adapter(None) or app.url_map.bind("")
        return sorted(
            (method, adapter.build(rule.endpoint, {each: about[each] for each in rule.arguments}))
            for rule in app.url_map.iter_rules()
            for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
            if rule.rule.startswith("/admin")
            for about in (of_people if rule.rule.startswith("/admin/people") else known,)
        )


def _set_up(email: str) -> int:
    admin = User.by_email(email)
    assert admin
    admin.set_admin(True)
    model = OfferedModel.add(ModelProvider.add("acme", Api.OPENAI, "http://127.0.0.1:9"), "m")
    return model.id


def test_the_document_has_a_row_for_each_page(addresses: list[tuple[str, str]]) -> None:
    documented = set(re.findall(r"^\| `/admin/(\w+)", TABLE, re.MULTILINE))
    assert documented == {path.split("/")[2] for _, path in addresses}


def test_only_administrators_are_let_in(
    app: Flask, cast: Cast, database: Database, addresses: list[tuple[str, str]]
) -> None:
    assert len(addresses) > 10
    removing_last = sorted(addresses, key=lambda each: "remove" in each[1])
    for method, path in removing_last:
        answers = [answer(app, person, method, path) for person in (None, cast.olive, cast.max)]
        assert answers == ["sign in", "no", "yes"], (method, path)
    assert database.read(lambda: db.session.scalar(db.select(ModelProvider))) is None


def answer(app: Flask, person: Person | None, method: str, path: str) -> str:
    browser = Browser(app).signed_in(person) if person else Browser(app)
    if method == "GET":
        response = browser.open(path)
    else:
        response = browser.post(path, form_on="/account" if person else "/login", name="x")
    if (response.location or "").startswith("/login"):
        return "sign in"
    return {403: "no"}.get(response.status_code, "yes")


def test_an_administrator_who_is_none_any_more_changes_nothing(
    app: Flask, cast: Cast, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where that happens between the check of the request and the change."""
    database.write(lambda: _set_up(cast.max.email))
    browser = Browser(app).signed_in(cast.max)
    assert "Administration" in browser.open("/account").text
    monkeypatch.setattr("app.views.administration.require_admin", lambda: None)
    database.write(lambda: _demote(cast.max.email))
    assert browser.open("/admin/models").status_code == 403
    app.before_request_funcs["model_providers"].clear()
    refused = browser.post("/admin/providers/acme/remove", form_on="/account")
    assert refused.status_code == 403
    assert database.read(lambda: ModelProvider.by_name("acme"))


def _demote(email: str) -> None:
    admin = User.by_email(email)
    assert admin
    admin.set_admin(False)
