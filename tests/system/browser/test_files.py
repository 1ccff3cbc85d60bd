"""Files with a question: chosen, dragged and pasted, uploaded, sent, and seen by others."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.support.cast import Cast
from tests.support.database import Database
from tests.support.fake_model import FakeModel
from tests.support.sample_files import document, pdf, picture
from tests.support.server import Server
from tests.system.browser.axe import assert_accessible, assert_fits
from tests.system.browser.tab import Tab

pytestmark = [pytest.mark.system, pytest.mark.browser]
Open = Callable[..., Tab]

PLAN = "The plan is to mow the meadow in June, before the seeds fall, and again in autumn."
QUICK = "/tokens 5 /rate 0"
SMALL = {"width": 320, "height": 700}
SAID = "(element) => getComputedStyle(element, '::after').content"
# Gives a file to the page as if it was dragged over the field, dropped there, or pasted.
GIVE = """([name, text, kind]) => {
  const data = new DataTransfer();
  data.items.add(new File([text], name));
  const field = document.querySelector("[data-composer-text]");
  const options = { bubbles: true, cancelable: true };
  const isPaste = kind === "paste";
  const Kind = isPaste ? ClipboardEvent : DragEvent;
  const key = isPaste ? "clipboardData" : "dataTransfer";
  field.dispatchEvent(new Kind(kind, { ...options, [key]: data }));
}"""


@pytest.fixture
def where(database: Database, cast: Cast) -> str:
    return database.conversation(cast.olive, cast.max)


@pytest.fixture(scope="module")
def seeing(
    server: Server, fake_model: FakeModel, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The URL of a server on the same database, with a model that sees."""
    log = tmp_path_factory.mktemp("seeing") / "server.log"
    model = "openai:openai-text"
    settings = {"MODELS": f"demo,{model}", "VISION_MODELS": model}
    settings["OPENAI_BASE_URL"] = f"{fake_model.url}/v1"
    with Server(server.database_url, log, **settings) as other:
        yield other.url


def choose(page: Page, *files: tuple[str, bytes]) -> None:
    """Choose files with the button."""
    chosen = [{"name": name, "mimeType": "x/y", "buffer": data} for name, data in files]
    page.locator("[data-composer-attach]").set_input_files(chosen)


def uploaded(page: Page, count: int) -> None:
    """Wait until so many files are uploaded: each is looked at in a process of its own."""
    expect(page.locator(".file-chip[data-uploaded=true]")).to_have_count(count, timeout=60_000)


def test_files_are_attached_sent_and_shown_to_all(
    open_tab: Open, cast: Cast, where: str, seeing: str, fake_model: FakeModel
) -> None:
    path = f"/conversations/{where}"
    olive, max = (open_tab(each, path, url=seeing) for each in (cast.olive, cast.max))
    page = olive.page
    chips = page.locator(".file-chip")
    choose(page, ("sky.png", picture(size=(640, 480))), ("plan.pdf", pdf(PLAN)))
    page.evaluate(GIVE, ["notes.txt", "Some notes", "paste"])
    page.evaluate(GIVE, ["more.md", "# More", "dragover"])
    target = page.locator(".composer-box")
    assert target.evaluate(SAID) == '"Drop to attach"'
    page.evaluate(GIVE, ["more.md", "# More", "drop"])
    assert target.evaluate(SAID) == "none"
    uploaded(page, 4)
    expect(chips.locator(".file-name")).to_have_text(
        ["sky.png", "plan.pdf", "notes.txt", "more.md"]
    )
    assert_accessible(page)
    page.set_viewport_size(SMALL)
    assert_fits(page)
    page.get_by_role("button", name="Remove more.md").click()
    expect(chips).to_have_count(3)
    page.reload()
    expect(chips).to_have_count(3)  # they are part of the draft

    choose(page, ("program", b"MZ\x90\0"))
    expect(page.locator("[data-composer-note]")).to_contain_text("“program” can't be used")
    expect(chips).to_have_count(3)
    olive.ask("@openai-text What is this?")
    olive.wait_for("complete")
    [content] = [each["content"] for each in fake_model.requests[-1].body["messages"]]
    assert [part["type"] for part in content] == ["image_url", "text"]
    assert content[0]["image_url"]["url"].startswith("data:image/jpeg;base64,")
    for part in ("What is this?", PLAN, "Some notes"):
        assert part in content[1]["text"]
    expect(chips).to_have_count(0)
    question = max.page.locator("article[data-role=user]").last
    expect(question.locator(".file-name")).to_have_text(["plan.pdf", "notes.txt"])
    seen = question.locator("img")
    expect(seen).to_have_attribute("alt", "sky.png")
    max.page.wait_for_function("image => image.naturalWidth > 0", arg=seen.element_handle())
    assert_accessible(max.page)
    max.page.set_viewport_size(SMALL)
    assert_fits(max.page)
    assert max.articles == open_tab(cast.max, path, url=seeing).articles
    with max.page.expect_download() as download:
        question.locator(".message-file").nth(2).click()
    assert Path(download.value.path()).read_text("utf-8") == "Some notes"

    page.locator("article[data-role=user]").last.hover()
    page.locator("article[data-role=user] [data-action=edit]").last.click()
    expect(chips).to_have_count(3)
    page.get_by_role("button", name="Remove sky.png").click()
    olive.ask("@openai-text And this?")
    expect(max.page.locator("article[data-role=user] .message-file")).to_have_count(2)
    olive.wait_for("complete")
    choose(page, ("only.txt", b"Nothing else"))
    uploaded(page, 1)
    page.press("[data-composer-text]", "Enter")
    expect(max.page.locator("article[data-role=user]").last.locator(".file-name")).to_have_text(
        ["only.txt"]
    )
    assert olive.errors == max.errors == []


def test_what_can_not_be_uploaded_loses_nothing(open_tab: Open, cast: Cast, where: str) -> None:
    olive = open_tab(cast.olive, f"/conversations/{where}")
    page, note = olive.page, olive.page.locator("[data-composer-note]")
    page.fill("[data-composer-text]", "A draft")
    choose(page, *((f"{number}.txt", b"x") for number in range(12)))
    expect(note).to_have_text("A message can have 10 files.")
    uploaded(page, 10)
    page.get_by_role("button", name="Remove 0.txt").click()
    page.route("**/files", lambda route: route.abort())
    choose(page, ("lost.txt", b"x"))
    expect(note).to_contain_text("“lost.txt” could not be uploaded")
    page.unroute("**/files")
    page.route("**/files", lambda _route: None)  # it is never answered
    choose(page, ("slow.txt", b"x"))
    expect(page.locator(".file-chip progress")).to_have_count(1)
    page.press("[data-composer-text]", "Enter")
    expect(note).to_contain_text("still being uploaded")
    page.get_by_role("button", name="Remove slow.txt").click()
    expect(page.locator(".file-chip")).to_have_count(9)
    expect(page.locator("[data-composer-text]")).to_have_value("A draft")
    assert olive.errors == []


def test_a_page_without_scripts_sends_files(open_tab: Open, cast: Cast, where: str) -> None:
    olive = open_tab(cast.olive, f"/conversations/{where}", java_script_enabled=False)
    page = olive.page
    page.fill("[data-composer-text]", f"What is this? {QUICK}")
    choose(page, ("letter.docx", document("Dear all")), ("bad", b"\0"))
    page.get_by_role("button", name="Send").click()
    expect(page.locator("[data-composer-note]")).to_contain_text("“bad” can't be used")
    expect(page.get_by_label("letter.docx")).to_be_checked()
    page.get_by_role("button", name="Send").click()
    expect(page.locator("article[data-role=user] .file-about")).to_have_text(
        re.compile("Document, ")
    )
