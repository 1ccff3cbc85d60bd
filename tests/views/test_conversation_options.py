"""Renaming, pinning, archiving, deleting and exporting, by forms and by the page's scripts."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from urllib.parse import unquote

import pytest

from app.models.paging import PAGE_MESSAGES
from app.providers import Text, Thinking
from app.replies import generation
from app.views import exports
from tests.support.browser import Browser, without_the_new
from tests.support.cast import Cast
from tests.support.harness import Harness

ACTIONS = ["rename", "pin", "unpin", "archive", "unarchive", "delete", "restore"]
SCRIPT = {"Accept": "application/json"}


def listed(browser: Browser, path: str = "/conversations") -> list[str]:
    """Return the titles in a list, in order."""
    return re.findall(r'listing-title" dir="auto">([^<]+)<', browser.open(path).text)


def test_the_page_has_a_form_for_all_that_a_member_may_do(
    conversation: str, harness: Harness, cast: Cast, olive: Browser
) -> None:
    here = f"/conversations/{conversation}"
    page = olive.open(f"{here}/options").text
    forms = re.compile(rf'action="{here}/(\w+)"')
    assert forms.findall(page) == ["rename", "settings", "pin", "archive", "mute", "delete"]
    member = Browser(harness.app).signed_in(cast.max).open(f"{here}/options").text
    assert forms.findall(member) == ["settings", "pin", "archive", "mute"]


def test_forms_pin_and_archive_for_their_user_alone(
    harness: Harness, cast: Cast, conversation: str, olive: Browser
) -> None:
    harness.database.conversation(cast.olive, cast.max, title="Later")
    here = f"/conversations/{conversation}"
    olive.post(f"{here}/pin")
    page = olive.open("/conversations").text
    assert re.findall(r'data-group="(\w+)"', page) == ["Pinned", "Today"]
    assert listed(olive) == ["Tests", "Later"]
    assert f'action="{here}/unpin"' in olive.open(f"{here}/options").text
    olive.post(f"{here}/archive")
    assert listed(olive) == ["Later"]
    assert listed(olive, "/conversations?archived=1") == ["Tests"]
    assert listed(Browser(harness.app).signed_in(cast.max)) == ["Later", "Tests"]
    olive.post(f"{here}/unarchive")
    olive.post(f"{here}/unpin")
    assert listed(olive) == ["Later", "Tests"]


def test_a_form_renames_and_leads_back(harness: Harness, conversation: str, olive: Browser) -> None:
    here = f"/conversations/{conversation}"
    answer = olive.post(f"{here}/rename", title="  Loaves <b> ")
    assert (answer.status_code, answer.headers["Location"]) == (302, here)
    assert 'data-title title="Loaves &lt;b&gt;"' in olive.open(here).text
    assert listed(olive) == ["Loaves &lt;b&gt;"]
    assert "<mark>Loaves</mark>" in olive.open("/conversations?q=loaves").text


@pytest.mark.parametrize("title", ["", "   ", "\u200b", "a\nb", "\x07", "a" * 201, "\u2028"])
def test_what_is_no_title_is_refused(conversation: str, olive: Browser, title: str) -> None:
    assert olive.post(f"/conversations/{conversation}/rename", title=title).status_code == 400
    assert listed(olive) == ["Tests"]


def test_a_deletion_can_be_undone_by_a_form(
    conversation: str, harness: Harness, cast: Cast, olive: Browser
) -> None:
    here = f"/conversations/{conversation}"
    answer = olive.post(f"{here}/delete")
    after = olive.open(answer.headers["Location"]).text
    assert f'action="{here}/restore"' in after
    assert olive.open(here).status_code == olive.open(f"{here}/options").status_code == 404
    assert listed(olive) == listed(Browser(harness.app).signed_in(cast.max)) == []
    assert olive.post(f"{here}/delete").status_code == 404, "it is gone"
    answer = olive.post(f"{here}/restore")
    assert answer.headers["Location"] == here
    assert olive.open(here).status_code == 200
    assert olive.post(f"{here}/restore").status_code == 404, "there is nothing to undo"


@pytest.mark.parametrize("action", ACTIONS)
def test_a_strangers_conversation_is_as_good_as_missing(
    conversation: str, eve: Browser, action: str
) -> None:
    theirs = eve.post(f"/conversations/{conversation}/{action}", title="Mine")
    missing = eve.post(f"/conversations/{'0' * 32}/{action}", title="Mine")
    malformed = eve.post(f"/conversations/nothing/{action}", title="Mine")
    assert theirs.status_code == missing.status_code == malformed.status_code == 404
    assert without_the_new(theirs.text) == without_the_new(missing.text)


@pytest.mark.parametrize("action", ["rename", "delete"])
def test_only_the_owner_may_do_that(
    harness: Harness, cast: Cast, conversation: str, action: str
) -> None:
    member = Browser(harness.app).signed_in(cast.max)
    answer = member.post(f"/conversations/{conversation}/{action}", title="Mine")
    assert answer.status_code == 403
    assert "Only the owner of a conversation can do that." in answer.text
    assert listed(member) == ["Tests"]


def test_scripts_get_no_page(conversation: str, harness: Harness, olive: Browser) -> None:
    page = olive.open("/conversations").text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token
    here, fields = f"/conversations/{conversation}", {"csrf_token": token[1]}
    done = olive.client.post(f"{here}/pin", data=fields, headers=SCRIPT)
    assert (done.status_code, done.data) == (204, b"")
    refused = olive.client.post(f"{here}/rename", data=fields, headers=SCRIPT)
    assert (refused.status_code, list(refused.json)) == (400, ["message"])


def test_a_page_for_scripts_has_no_sidebar(conversation: str, olive: Browser) -> None:
    here = f"/conversations/{conversation}"
    assert "data-sidebar" in olive.open(here).text
    part = olive.open(here, headers={"X-Part": "main"})
    assert "data-sidebar" not in part.text and "data-conversation=" in part.text
    assert "X-Part" in part.vary and "X-Part" in olive.open(here).vary


def test_an_unused_conversation_is_not_listed(olive: Browser) -> None:
    where = olive.post("/conversations").headers["Location"]
    assert listed(olive) == []
    assert where.split("/")[-1] not in olive.open("/conversations").text


def test_an_export_has_all_messages_as_they_were_written(
    harness: Harness, cast: Cast, conversation: str, olive: Browser
) -> None:
    harness.answered(conversation, cast.max, Thinking("Hm."), Text("# Because\n\nof *light*"))
    for number in range(PAGE_MESSAGES):
        harness.answered(conversation, cast.olive, Text(f"No. {number}"))
    answer = harness.begin(conversation, cast.max, "Last?")
    generation.add_event(answer, Text("So fa"))
    harness.flush()
    here = f"/conversations/{conversation}"
    file = olive.open(f"{here}/export.md", buffered=True)
    assert file.headers["Content-Disposition"] == "attachment; filename=Tests.md"
    assert file.text.startswith("# Tests\n\n## Max, 20")
    assert "\n\n# Because\n\nof *light*\n" in file.text and file.text.endswith("\n\nSo fa\n")
    exported = json.loads(olive.open(f"{here}/export.json", buffered=True).text)
    assert (exported["conversation"], exported["title"]) == (conversation, "Tests")
    messages = exported["messages"]
    assert len(messages) == 2 * (PAGE_MESSAGES + 2)
    assert [each["position"] for each in messages] == list(range(1, len(messages) + 1))
    assert (messages[1]["thinking"], messages[1]["content"]) == ("Hm.", "# Because\n\nof *light*")
    assert (messages[-1]["status"], messages[-1]["content"]) == ("streaming", "So fa")


def test_an_export_for_programs_has_all_versions(
    harness: Harness, cast: Cast, conversation: str, olive: Browser
) -> None:
    first = harness.answered(conversation, cast.olive, Text("First."))
    reader = harness.reader(cast.olive, conversation)
    second = reader.ask("retry", {"id": first.public_id})["reply"]
    harness.later.clear()
    here = f"/conversations/{conversation}"
    exported = json.loads(olive.open(f"{here}/export.json", buffered=True).text)
    assert [each["id"] for each in exported["messages"]][1:] == [second]
    assert "hidden_with" not in exported["messages"][1]
    [hidden] = exported["hidden"]
    assert (hidden["id"], hidden["content"]) == (first.public_id, "First.")
    assert (hidden["version"], hidden["hidden_with"]) == (1, first.public_id)
    reader.ask("choose", {"id": second, "version": 1})
    exported = json.loads(olive.open(f"{here}/export.json", buffered=True).text)
    [hidden] = exported["hidden"]
    assert (hidden["id"], hidden["version"], hidden["hidden_with"]) == (second, 2, second)
    assert hidden["version_of"] == exported["messages"][1]["id"]
    assert olive.open(f"{here}/export.md", buffered=True).text.count("\n## ") == 2


def test_an_export_of_nothing_is_a_title(conversation: str, olive: Browser) -> None:
    here = f"/conversations/{conversation}"
    assert olive.open(f"{here}/export.md", buffered=True).text == "# Tests\n"
    assert json.loads(olive.open(f"{here}/export.json", buffered=True).text)["messages"] == []


@pytest.mark.parametrize("title", ["a/b: “c” 日本", "..", "x" * 200])
def test_an_export_has_a_file_name_of_its_title(
    harness: Harness, cast: Cast, olive: Browser, title: str
) -> None:
    where = harness.database.conversation(cast.olive, title=title)
    file = olive.open(f"/conversations/{where}/export.json", buffered=True)
    name = file.headers["Content-Disposition"]
    assert name.startswith("attachment; filename") and "/b" not in name and "\n" not in name
    assert name.isascii(), "a server can't send others"
    assert unquote(name).endswith(f"{title.replace('/', '-')}.json")


def test_an_export_ends_when_its_reader_is_removed(
    harness: Harness, cast: Cast, conversation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    harness.answered(conversation, cast.olive, Text("Because."))
    member, read = Browser(harness.app).signed_in(cast.max), exports.read

    def removed_before(work: Callable[[], object]) -> object:
        monkeypatch.setattr(exports, "read", read)
        harness.database.remove_member(conversation, cast.max)
        return read(work)

    monkeypatch.setattr(exports, "read", removed_before)
    file = member.open(f"/conversations/{conversation}/export.md", buffered=True)
    assert file.text == "# Tests\n"
