"""The pages of conversations and their forms, which work without JavaScript."""

from __future__ import annotations

import re

from app.extensions import db
from app.models import Conversation
from app.models.message import Role
from app.models.paging import PAGE_MESSAGES
from app.providers import Text
from tests.support.browser import Browser, articles
from tests.support.cast import Cast
from tests.support.harness import Harness


def test_the_list_holds_the_readers_own(
    conversation: str, harness: Harness, olive: Browser, eve: Browser
) -> None:
    link = f'href="/conversations/{conversation}"'
    assert link in olive.open("/conversations").text
    page = eve.open("/conversations").text
    assert link not in page
    assert "No conversations yet" in page


def test_the_list_goes_on_over_pages(harness: Harness, cast: Cast, olive: Browser) -> None:
    made = {harness.database.conversation(cast.olive) for _ in range(51)}
    first = olive.open("/conversations").text
    [older] = re.findall(r'href="(/conversations\?before=[^"]+)"', first)
    second = olive.open(older).text
    listed = re.findall(r'href="/conversations/(\w{32})"', first + second)
    assert (len(listed), set(listed)) == (51, made)


def test_a_cursor_that_is_not_ours_is_refused(olive: Browser) -> None:
    assert olive.open("/conversations?before=yesterday").status_code == 400


def test_a_new_conversation_begins_with_a_form(harness: Harness, eve: Browser) -> None:
    answer = eve.post("/conversations", model="other")
    assert answer.status_code == 302
    page = eve.open(answer.location)
    assert page.status_code == 200
    assert "Nothing has been said yet" in page.text


def test_an_empty_one_is_gone_on_with(harness: Harness, cast: Cast, eve: Browser) -> None:
    first = eve.post("/conversations").location
    assert eve.post("/conversations").location == first
    assert eve.post("/conversations", title="Mine").location != first

    harness.ask(first.rsplit("/", 1)[1], cast.eve)

    assert eve.post("/conversations").location != first


def test_the_models_are_to_choose_from(harness: Harness, eve: Browser) -> None:
    assert '<option value="other">Other</option>' in eve.open("/conversations").text
    assert eve.post("/conversations", model="unheard of").status_code == 400


def test_the_page_tells_where_the_conversation_stands(
    harness: Harness, cast: Cast, conversation: str, olive: Browser
) -> None:
    answer = harness.answered(conversation, cast.olive, Text("Hm."))
    assert harness.reader(cast.olive).ask("retry", {"id": answer.public_id})["ok"]
    main = re.search(r"<main[^>]*>", olive.open(f"/conversations/{conversation}").text)
    assert main is not None
    assert f'data-conversation="{conversation}"' in main[0]
    assert 'data-position="3"' in main[0] and 'data-revision="1"' in main[0]


def test_earlier_messages_are_a_page_away(
    harness: Harness, cast: Cast, conversation: str, olive: Browser
) -> None:
    key = harness.key(conversation)

    def work() -> None:
        for number in range(PAGE_MESSAGES + 2):
            db.session.get_one(Conversation, key).add(Role.USER, f"No. {number}", seq=1)

    harness.database.write(work)
    latest = olive.open(f"/conversations/{conversation}").text
    [link] = re.findall(r'href="([^"]+)">Earlier messages', latest)
    earlier = olive.open(link).text
    assert len(articles(latest)) == PAGE_MESSAGES
    assert [tag["data-position"] for tag, _ in articles(earlier).values()] == ["1", "2"]
    assert "data-composer" not in earlier
    assert "Back to the latest messages" in earlier
