"""`flask user invite` and `flask user reset-link`."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask

from app.extensions import db
from app.models import Link
from app.models.link import Purpose
from tests.commands.conftest import Run
from tests.commands.expecting import refused

pytestmark = pytest.mark.usefixtures("cast")

OLIVE = "olive@example.com"


def set_up(app: Flask, **settings: object) -> None:
    app.extensions["config"] = replace(app.extensions["config"], **settings)


def link_of(printed: str, *purposes: Purpose) -> Link:
    return Link.by_secret(printed.strip().split("#")[1], *purposes)


def test_invite_prints_a_link(app: Flask, run: Run) -> None:
    set_up(app, registration="invitation", public_url="https://chat.example.org/below")
    printed = run("user", "invite", "--uses", "3", "--days", "2", "--email", "N@example.org").stdout
    assert printed.startswith("https://chat.example.org/below/link#midstream_link_")
    link = link_of(printed, Purpose.REGISTER)
    assert (link.max_uses, link.email) == (3, "n@example.org")
    assert (link.expires_at - link.created_at).days in (1, 2)


def test_invite_is_refused_where_registration_is_closed(run: Run) -> None:
    assert refused(run("user", "invite"), "REGISTRATION is closed")
    assert db.session.scalars(db.select(Link)).all() == []


@pytest.mark.parametrize(
    "options",
    [("--uses", "0"), ("--uses", "101"), ("--days", "0"), ("--days", "366"), ("--email", "x")],
)
def test_invite_takes_nothing_else(app: Flask, run: Run, options: tuple[str, str]) -> None:
    set_up(app, registration="invitation")
    assert run("user", "invite", *options).exit_code == 2


def test_reset_link_prints_a_link(run: Run) -> None:
    printed = run("user", "reset-link", OLIVE).stdout
    assert printed.startswith("http://127.0.0.1:5000/link#")
    assert link_of(printed, Purpose.RESET).max_uses == 1


def test_reset_link_is_for_people_who_can_sign_in(run: Run) -> None:
    assert refused(run("user", "reset-link", "nobody@example.com"), "nobody@example.com")
    run("seed", "bot", "rita@example.com", "--name", "Rita")
    assert refused(run("user", "reset-link", "rita@example.com"), "is a bot")
    run("user", "disable", OLIVE)
    assert refused(run("user", "reset-link", OLIVE), "is disabled")
