"""The list of conversations, and the page of one."""

from __future__ import annotations

import re
from html import unescape

import pytest

from app.extensions import db
from app.models import Conversation, Message
from app.models.message import Role
from app.models.paging import PAGE_MESSAGES
from app.providers import Text
from app.replies.addressing import UNKNOWN_MODEL
from tests.support.browser import Browser, articles
from tests.support.cast import Cast
from tests.support.harness import Harness
from tests.support.statements import collected

TOO_LARGE = "9" * 24  # for any position


def test_the_list_has_only_the_users_own_conversations(
    conversation: str, harness: Harness, olive: Browser, eve: Browser
) -> None:
    link = f'href="/conversations/{conversation}"'
    assert link in olive.open("/conversations").text
    page = eve.open("/conversations").text
    assert link not in page
    assert "No conversations yet" in page


def test_the_list_continues_on_further_pages(harness: Harness, cast: Cast, olive: Browser) -> None:
    made = {harness.database.conversation(cast.olive) for _ in range(51)}
    first = olive.open("/conversations").text
    [older] = re.findall(r'href="(/conversations\?before=[^"]+)"', first)
    second = olive.open(older).text
    listed = re.findall(r'href="/conversations/(\w{32})"', first + second)
    assert (len(listed), set(listed)) == (51, made)


@pytest.mark.parametrize("token", ["yesterday", f"2026-01-01T00:00:00%2B00:00~{TOO_LARGE}"])
def test_an_invalid_page_token_is_refused(olive: Browser, token: str) -> None:
    assert olive.open(f"/conversations?before={token}").status_code == 400


def test_a_result_shows_its_snippet_and_opens_at_the_message(
    harness: Harness, cast: Cast, conversation: str, olive: Browser
) -> None:
    asked = harness.ask(conversation, cast.olive, "Why does rye not rise?")
    [question, _] = harness.database.messages(conversation)
    assert question.id != asked
    result = results(olive.open("/conversations?q=RYE tests").text)
    assert result == [], "no message has both words"
    [(link, html)] = results(olive.open("/conversations?q=RYE").text)
    assert link == f"/conversations/{conversation}#{question.id}"
    assert "Why does <mark>rye</mark> not rise?" in html
    [(link, html)] = results(olive.open("/conversations?q=test").text)
    assert link == f"/conversations/{conversation}"
    assert "<mark>Test</mark>s" in html and "listing-snippet" not in html


def test_a_result_opens_the_page_that_has_its_message(
    harness: Harness, cast: Cast, conversation: str, olive: Browser
) -> None:
    key = harness.key(conversation)

    def work() -> None:
        here = db.session.get_one(Conversation, key)
        for number in range(3 * PAGE_MESSAGES):
            Message.add(here, Role.USER, f"No. {number}!", seq=1, content_html="")

    harness.database.write(work)
    for number in (0, 70, 3 * PAGE_MESSAGES - 1):
        [(link, _)] = results(olive.open(f'/conversations?q="No. {number}!"').text)
        page, message_id = link.split("#")
        assert message_id in articles(olive.open(page).text)


def test_results_escape_what_people_wrote(harness: Harness, cast: Cast, olive: Browser) -> None:
    hostile = """<script>alert("1")</script> <mark>&amp; '" onmouseover=x"""
    where = harness.database.conversation(cast.olive, title=hostile)
    harness.ask(where, cast.olive, hostile)
    for query in ("<script>", "</mark>", "&amp;", '"', "<mark>", "<"):
        page = olive.open("/conversations", query_string={"q": query}).text
        assert "<script>alert" not in page
        assert page.count("<mark>") == page.count("</mark>")
        for _, html in results(page):
            shown = re.sub(r"</?(bdi|mark|span|time)\b[^>]*>", "", html)
            assert "<" not in shown, shown


def test_a_search_takes_as_many_statements_for_many_results_as_for_one(
    harness: Harness, cast: Cast, conversation: str, olive: Browser
) -> None:
    def statements(query: str) -> int:
        with collected() as statements:
            assert results(olive.open(f"/conversations?q={query}").text)
        return len(statements)

    harness.ask(conversation, cast.olive, "One loaf")
    for _ in range(30):
        harness.ask(harness.database.conversation(cast.olive), cast.olive, "Many rolls")
    assert statements("many") == statements("loaf") <= 14


def results(page: str) -> list[tuple[str, str]]:
    """Return the link and the HTML of each conversation on the page."""
    found = re.findall(r'<a class="listing-link"\s+href="([^"]+)">(.*?)</a>', page, re.DOTALL)
    return [(unescape(link), html) for link, html in found]


def test_a_form_starts_a_conversation(harness: Harness, eve: Browser) -> None:
    answer = eve.post("/conversations", model="other")
    assert answer.status_code == 302
    page = eve.open(answer.location)
    assert page.status_code == 200
    assert "what would you like to know?" in page.text


def test_an_unused_conversation_is_opened_instead_of_a_new_one(
    harness: Harness, cast: Cast, eve: Browser
) -> None:
    first = eve.post("/conversations").location
    assert eve.post("/conversations").location == first
    assert eve.post("/conversations", title="Mine").location != first

    harness.ask(first.rsplit("/", 1)[1], cast.eve)

    assert eve.post("/conversations").location != first


def test_the_form_offers_the_models_and_refuses_others(harness: Harness, eve: Browser) -> None:
    assert '<option value="other">Other</option>' in eve.open("/conversations").text
    assert eve.post("/conversations", model="unheard of").status_code == 400


def test_the_composer_offers_the_models_and_a_question_can_name_one(
    harness: Harness, cast: Cast, conversation: str, olive: Browser
) -> None:
    here = f"/conversations/{conversation}"
    assert _chosen_model(olive.open(here).text) == "demo"
    olive.post(f"{here}/messages", form_on=here, content="Why?", model="other")
    assert _chosen_model(olive.open(here).text) == "other"
    assert harness.database.messages(conversation)[-1].model == "other"
    refused = olive.post(f"{here}/messages", form_on=here, content="Why?", model="unheard of")
    assert refused.status_code == 400 and UNKNOWN_MODEL.format(field="model") in refused.text


def test_a_new_conversation_has_the_model_that_was_chosen_last(
    harness: Harness, eve: Browser
) -> None:
    for cookie, model in (("other", "other"), ("unheard of", "demo"), ("", "demo")):
        eve.client.set_cookie("model", cookie)
        assert _chosen_model(eve.open(eve.post("/conversations").location).text) == model


def _chosen_model(page: str) -> str:
    [model] = re.findall(r'name="model" value="(\w+)" checked', page)
    return str(model)


def test_the_page_has_the_cursor_of_the_conversation(
    harness: Harness, cast: Cast, conversation: str, olive: Browser
) -> None:
    answer = harness.answered(conversation, cast.olive, Text("Hm."))
    assert harness.reader(cast.olive).ask("retry", {"id": answer.public_id})["ok"]
    main = re.search(r"<main[^>]*>", olive.open(f"/conversations/{conversation}").text)
    assert main is not None
    assert f'data-conversation="{conversation}"' in main[0]
    assert 'data-position="3"' in main[0] and 'data-revision="1"' in main[0]


def test_earlier_messages_are_on_a_page_of_their_own(
    harness: Harness, cast: Cast, conversation: str, olive: Browser
) -> None:
    key = harness.key(conversation)

    def work() -> None:
        for number in range(PAGE_MESSAGES + 2):
            Message.add(db.session.get_one(Conversation, key), Role.USER, f"No. {number}", seq=1)

    harness.database.write(work)
    latest = olive.open(f"/conversations/{conversation}").text
    [link] = re.findall(r'href="([^"]+)">Earlier messages', latest)
    earlier = olive.open(link).text
    assert len(articles(latest)) == PAGE_MESSAGES
    assert [tag["data-position"] for tag, _ in articles(earlier).values()] == ["1", "2"]
    assert "data-composer" not in earlier
    assert "Back to the latest messages" in earlier


@pytest.mark.parametrize("position", [TOO_LARGE, str(2**53), "-1"])
def test_an_impossible_position_is_refused(
    conversation: str, olive: Browser, position: str
) -> None:
    page = olive.open(f"/conversations/{conversation}?before={position}")
    assert page.status_code == 400
    assert "before: " in page.text
    assert olive.open(f"/conversations/{conversation}?before={2**53 - 1}").status_code == 200


@pytest.mark.parametrize("position", ["x", "-1", "1.5", str(2**53), "9" * 5000])
def test_what_is_no_position_is_refused(olive: Browser, conversation: str, position: str) -> None:
    answer = olive.open(f"/conversations/{conversation}?before={position}")
    assert answer.status_code == 400
    assert "before:" in answer.text
