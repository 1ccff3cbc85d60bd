"""Whom a message asks, by forms without scripts."""

from __future__ import annotations

import json
import re
from html import unescape

import pytest

from app.extensions import db
from app.models import Conversation
from app.models.conversation import Asking
from app.models.rights import MemberRole
from app.providers import Text
from tests.support.browser import Browser
from tests.support.cast import Cast
from tests.support.harness import Harness

OPTION = re.compile(r'<option value="(\w*)"( selected)?>')


@pytest.fixture
def here(conversation: str) -> str:
    return f"/conversations/{conversation}"


def set_asking(harness: Harness, conversation: str, asking: Asking) -> None:
    key = harness.key(conversation)
    harness.database.write(lambda: db.session.get_one(Conversation, key).set_asking(asking))


def shown(harness: Harness, conversation: str) -> list[str]:
    """Return what is shown: messages by their text, answers by their model."""
    messages = harness.database.messages(conversation)
    return [each.content if each.role == "user" else str(each.model) for each in messages]


def test_the_owner_chooses_which_messages_ask(
    harness: Harness, cast: Cast, olive: Browser, conversation: str, here: str
) -> None:
    assert 'value="every" checked' in olive.open(f"{here}/people").text
    done = olive.post(f"{here}/asking", form_on=f"{here}/people", asking="mentions")
    assert (done.status_code, done.location) == (302, f"{here}/people")
    assert 'value="mentions" checked' in olive.open(f"{here}/people").text
    max_ = Browser(harness.app).signed_in(cast.max).open(f"{here}/people").text
    assert 'name="asking"' not in max_
    assert "only messages that mention a model ask one" in max_


@pytest.mark.parametrize("asking", ["", "never", "every mentions", "EVERY"])
def test_another_choice_is_refused(
    harness: Harness, cast: Cast, olive: Browser, conversation: str, here: str, asking: str
) -> None:
    refused = olive.post(f"{here}/asking", form_on=f"{here}/people", asking=asking)
    assert refused.status_code == 400
    assert "asking" not in harness.reader(cast.olive).join(conversation)


@pytest.mark.parametrize(
    ("asking", "to", "content", "model"),
    [
        (Asking.EVERY, "model", "Why?", "demo"),
        (Asking.EVERY, "everybody", "Why?", None),
        (Asking.EVERY, "everybody", "Why, @other?", None),
        (Asking.EVERY, "model", "Why, @other?", "other"),
        (Asking.EVERY, None, "Why?", "demo"),
        (Asking.MENTIONS, "", "Why?", None),
        (Asking.MENTIONS, "", "Why, @other?", "other"),
        (Asking.MENTIONS, None, "Why?", None),
        (Asking.MENTIONS, "model", "Why?", "demo"),
        (Asking.MENTIONS, "nonsense", "Why?", None),
    ],
)
def test_the_form_asks_as_chosen_or_else_as_the_conversation_says(
    harness: Harness,
    olive: Browser,
    conversation: str,
    here: str,
    asking: Asking,
    to: str | None,
    content: str,
    model: str | None,
) -> None:
    set_asking(harness, conversation, asking)
    fields = {} if to is None else {"to": to}
    olive.post(f"{here}/messages", form_on=here, content=content, **fields)
    assert shown(harness, conversation) == [content, *([model] if model else [])]


def test_an_edit_asks_as_chosen_too(
    harness: Harness, cast: Cast, olive: Browser, conversation: str, here: str
) -> None:
    harness.answered(conversation, cast.olive, Text("Yes."))
    question = harness.database.messages(conversation)[0].id
    address = f"{here}/messages/{question}/edit"
    olive.post(address, form_on=here, content="Never mind.", to="everybody")
    assert shown(harness, conversation) == ["Never mind."]


@pytest.mark.parametrize(
    ("asking", "options"),
    [
        (Asking.EVERY, [("model", ""), ("everybody", "")]),
        (Asking.MENTIONS, [("", " selected"), ("model", ""), ("everybody", "")]),
    ],
)
def test_the_form_offers_the_choice_where_there_are_several(
    harness: Harness,
    cast: Cast,
    olive: Browser,
    conversation: str,
    here: str,
    asking: Asking,
    options: list[tuple[str, str]],
) -> None:
    set_asking(harness, conversation, asking)
    assert OPTION.findall(olive.open(here).text) == options
    assert '<label class="addressee" hidden>' not in olive.open(here).text
    alone = harness.database.conversation(cast.olive)
    assert '<label class="addressee" hidden>' in olive.open(f"/conversations/{alone}").text


def test_a_refused_message_keeps_the_choice(olive: Browser, here: str) -> None:
    page = olive.post(f"{here}/messages", form_on=here, content=" ", to="everybody")
    assert page.status_code == 400
    assert ("everybody", " selected") in OPTION.findall(page.text)


def test_the_page_knows_whom_one_can_mention(
    harness: Harness, cast: Cast, olive: Browser, conversation: str, here: str
) -> None:
    harness.database.add_member(conversation, harness.database.bot('"Ro" & <b>'), MemberRole.READER)
    page = olive.open(here).text
    [people] = re.findall(r'data-people="([^"]*)"', page)
    assert [each["name"] for each in json.loads(unescape(people))] == ["Olive", "Max", '"Ro" & <b>']
    [handles] = re.findall(r'data-handles="([^"]*)"', page)
    assert json.loads(unescape(handles)) == {"demo": "demo", "other": "other"}


def test_a_message_shows_its_mentions_and_that_it_asks_nobody(
    harness: Harness, olive: Browser, conversation: str, here: str
) -> None:
    olive.post(f"{here}/messages", form_on=here, content="@Max, <look>", to="everybody")
    page = olive.open(here).text
    assert '<span class="mention">@Max</span>, &lt;look&gt;' in page
    assert 'data-asks="nobody"' in page
