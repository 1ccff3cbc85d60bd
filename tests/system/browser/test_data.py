"""The account's page of exports and imports: live with scripts, by reloading without them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

import pytest
from playwright.sync_api import Page, expect

from app.extensions import db
from app.models import Conversation
from tests.importing import examples
from tests.support.cast import Cast
from tests.support.database import Database
from tests.system.browser.axe import assert_accessible_at_every_size
from tests.system.browser.tab import Tab

pytestmark = [pytest.mark.system, pytest.mark.browser]
Open = Callable[..., Tab]

PATIENCE = 240_000  # milliseconds: each job starts a process


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file with conversations of several programs, and something else."""
    path = tmp_path / "conversations.json"
    found = [examples.bees(), examples.rivers(), examples.tea(), {"title": "A list of things"}]
    path.write_text(json.dumps(found))
    return path


def send(page: Page, file: Path) -> None:
    page.get_by_label("File").set_input_files(file)
    page.get_by_role("button", name="Read the file").click()


def show_all(page: Page) -> None:
    for summary in page.locator("[data-jobs] summary").all():
        summary.click()


@pytest.mark.timeout(900)
def test_conversations_come_in_and_go_out_live(
    open_tab: Open, cast: Cast, database: Database, file: Path, tmp_path: Path
) -> None:
    tab, other = open_tab(cast.olive, "/account/data"), open_tab(cast.olive, "/account/data")
    page = tab.page
    assert_accessible_at_every_size(page)
    send(page, file)
    expect(page.get_by_role("heading", name="In the file")).to_be_visible(timeout=PATIENCE)
    expect(other.page.get_by_role("heading", name="In the file")).to_be_visible(timeout=PATIENCE)
    show_all(page)
    expect(page.get_by_text("It is in none of the formats")).to_be_visible()
    page.evaluate("scrollTo(0, 0)")  # axe takes a link that is half below the header for too small
    assert_accessible_at_every_size(page)
    other.page.get_by_role("button", name="Import now").click()
    expect(page.get_by_role("heading", name="Imported")).to_be_visible(timeout=PATIENCE)

    page.get_by_label("As").select_option("JSON")
    page.get_by_role("button", name="Export everything").click()
    download = page.get_by_role("link", name="Download")
    expect(download).to_be_visible(timeout=PATIENCE)
    assert_accessible_at_every_size(page)
    with page.expect_download() as started:
        download.click()
    started.value.save_as(tmp_path / "out.zip")
    with ZipFile(tmp_path / "out.zip") as archive:
        assert archive.testzip() is None
        titles = {name.partition(" ")[2] for name in archive.namelist()}
        assert {"Bees.json", "Rivers.json", "Tea.json"} <= titles

    bees = db.select(Conversation.public_id).filter_by(title="Bees")
    page.goto(f"/conversations/{database.read(lambda: db.session.scalars(bees).one())}")
    expect(page.get_by_role("log").get_by_text("For food.")).to_be_visible()
    page.locator("[data-role=assistant] [aria-label='Next version']:enabled").first.click()
    expect(page.get_by_role("log").get_by_text("For fun.")).to_be_visible()


@pytest.mark.timeout(900)
def test_it_works_without_scripts(open_tab: Open, cast: Cast, file: Path) -> None:
    page = open_tab(cast.max, "/account/data", java_script_enabled=False).page
    send(page, file)
    expect(page.get_by_role("heading", name="In the file")).to_be_visible(timeout=PATIENCE)
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("It is cancelled.")).to_be_visible()
    file.write_text("no JSON")
    send(page, file)
    expect(page.get_by_text("The file is not JSON")).to_be_visible(timeout=PATIENCE)
    page.get_by_role("button", name="Export everything").click()
    expect(page.get_by_role("link", name="Download")).to_be_visible(timeout=PATIENCE)
