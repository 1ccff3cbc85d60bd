"""The direction of one name, or of a title, does not change the order of what is beside it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from app.extensions import db
from app.models import User
from tests.support.cast import Cast
from tests.support.database import Database
from tests.support.server import Server, command
from tests.system.browser.tab import Tab

pytestmark = [pytest.mark.system, pytest.mark.browser]
Open = Callable[..., Tab]

HOSTILE = "Rex\u202e"  # what follows would be shown backwards
EDGES = """() => [...document.querySelectorAll(".topbar-members bdi")].map((name) => {
  const { left, right } = name.getBoundingClientRect();
  return [left, right];
})"""


def test_names_are_shown_one_after_the_other_also_live(
    open_tab: Open, server: Server, database: Database, cast: Cast
) -> None:
    where = database.conversation(cast.olive, cast.max)
    rename = db.update(User).where(User.email == cast.rex.email)
    database.write(lambda: db.session.execute(rename.values(name=HOSTILE)))
    live = open_tab(cast.olive, f"/conversations/{where}")
    command(server.database_url, "members", "add", where, cast.rex.email)
    names = live.page.locator("[data-members]")
    expect(names).to_have_text("Olive, Max, Rex")

    fresh = open_tab(cast.max, f"/conversations/{where}")

    assert names.inner_html() == fresh.page.locator("[data-members]").inner_html()
    for tab in (live, fresh):
        edges = [edge for pair in tab.page.evaluate(EDGES) for edge in pair]
        assert len(edges) == 6 and edges == sorted(edges)
    database.write(lambda: db.session.execute(rename.values(name=cast.rex.name)))
