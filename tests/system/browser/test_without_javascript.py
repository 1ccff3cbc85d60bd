"""Asking, reading, editing and searching without JavaScript."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.support.cast import Cast
from tests.support.database import Database
from tests.support.waiting import eventually
from tests.system.browser.tab import Tab, sign_in

pytestmark = [pytest.mark.system, pytest.mark.browser]
Open = Callable[..., Tab]


def test_asking_reading_retrying_and_stopping_work(
    open_tab: Open, database: Database, cast: Cast
) -> None:
    where = database.conversation(cast.eve, title="Plain")
    tab = open_tab(None, "/login", java_script_enabled=False)
    sign_in(tab.page, cast.eve)
    tab.page.locator(".listing-link", has_text="Plain").click()

    _ask(tab, "Hello? /think 10 /tokens 150 /rate 15")
    assert tab.answer.get_attribute("data-status") == "streaming"
    expect(tab.page.locator(".composer-later")).to_be_visible()
    assert not tab.page.is_visible("[data-composer-text]"), "a reload would discard a text"
    seen = _watch(tab)
    expect(tab.page.locator("[data-composer-text]")).to_be_visible()
    reply = database.messages(where)[-1]
    assert reply.status == "complete"
    assert len(set(seen)) >= 3, "the page must have reloaded itself"
    assert seen == sorted(seen, key=len), "text must never disappear"

    tab.press("retry")
    assert tab.answer.get_attribute("data-status") == "streaming"
    assert tab.answer.get_attribute("id") != reply.id
    tab.press("stop")
    assert tab.answer.get_attribute("data-status") == "stopped"
    assert [message.status for message in database.messages(where)] == ["complete", "stopped"]

    _ask(tab, "And <b>again</b>? /tokens 5 /rate 0")
    eventually(lambda: database.messages(where)[-1].status == "complete")
    tab.page.reload()
    assert tab.page.locator("article").count() == 4
    assert "And <b>again</b>?" in tab.texts[2]
    tab.page.get_by_role("button", name="Sign out").click()
    assert "/login" in tab.page.url


def test_an_answer_is_retried_with_another_model(
    open_tab: Open, database: Database, cast: Cast, two_models: str
) -> None:
    where = database.conversation(cast.eve)
    tab = open_tab(cast.eve, f"/conversations/{where}", two_models, java_script_enabled=False)
    _ask(tab, "Hello? /tokens 5 /rate 0")
    eventually(lambda: database.messages(where)[-1].status == "complete")
    tab.page.reload()
    other = tab.page.get_by_role("button", name="Retry with other")
    expect(other).to_be_hidden()
    tab.page.get_by_role("button", name="Retry with another model").click()

    other.click()

    expect(tab.page.locator("article")).to_have_count(2)
    expect(tab.answer.locator(".message-versions")).to_contain_text("Version 2/ of 2")
    assert database.messages(where)[-1].model == "openai:other"
    chosen = tab.page.locator("[data-models-current]")
    expect(chosen).to_have_text("Demo")  # the conversation's model stays as it is


def test_the_last_question_can_be_edited_while_it_is_answered(
    open_tab: Open, database: Database, cast: Cast
) -> None:
    where = database.conversation(cast.eve)
    tab = open_tab(None, "/login", java_script_enabled=False)
    sign_in(tab.page, cast.eve)
    tab.page.goto(f"/conversations/{where}")
    _ask(tab, "First? /tokens 9 /rate 0 /hang after 5")
    tab.page.get_by_role("link", name="Edit").click()
    expect(tab.page.locator("[data-composer-text]")).to_have_value(
        "First? /tokens 9 /rate 0 /hang after 5"
    )

    _ask(tab, "Second? /tokens 5 /rate 0")

    eventually(lambda: database.messages(where)[-1].status == "complete")
    assert [message.role for message in database.messages(where)] == ["user", "assistant"]
    assert database.messages(where)[0].content == "Second? /tokens 5 /rate 0"


def test_a_conversation_can_be_started_and_found(open_tab: Open, cast: Cast) -> None:
    tab = open_tab(None, "/login", java_script_enabled=False)
    sign_in(tab.page, cast.eve)
    tab.page.get_by_role("button", name="New conversation").click()
    _ask(tab, "Where do axolotls live? /tokens 5 /rate 0")
    here = tab.page.url.split("#")[0].split("?")[0]
    tab.page.goto("/conversations")
    tab.page.get_by_role("searchbox").fill("AXOLOTLS")
    tab.page.get_by_role("button", name="Search").click()
    expect(tab.page.locator(".listing-item")).to_have_count(1)
    tab.page.locator(".listing-link").click()
    conversation, _, message = tab.page.url.partition("#")
    assert conversation.split("?")[0] == here
    expect(tab.page.locator(f"[id='{message}']")).to_contain_text("axolotls")

    tab.page.goto("/conversations")
    tab.page.get_by_role("searchbox").fill("nothing has this")
    tab.page.get_by_role("button", name="Search").click()
    expect(tab.page.locator(".listing-item")).to_have_count(0)


def _ask(tab: Tab, question: str) -> None:
    tab.page.fill("[data-composer-text]", question)
    tab.page.get_by_role("button", name="Send").click()
    expect(tab.page.locator("article[data-role=assistant]")).not_to_have_count(0)


def _watch(tab: Tab) -> list[str]:
    """Return the answer's text on each page that is loaded until the answer ends."""
    seen = []
    while tab.answer.get_attribute("data-status") == "streaming":
        seen.append(tab.answer.locator(".message-content").text_content() or "")
        with tab.page.expect_navigation():
            pass
    return [*seen, tab.answer.locator(".message-content").text_content() or ""]
