"""What a member can do with one message: by forms, which work without scripts."""

from __future__ import annotations

import re

import pytest

from app import replies
from app.models.paging import PAGE_MESSAGES
from app.models.rights import MemberRole
from app.providers import Text
from app.schemas import EMOJIS
from app.views.quoting import QUOTED_LENGTH
from tests.support.browser import Browser
from tests.support.cast import Cast
from tests.support.harness import Harness

CHIP = re.compile(r'<button class="reaction"(.*?)</button>', re.DOTALL)
THUMB = EMOJIS[0]
SCRIPT = {"Accept": "application/json"}


@pytest.fixture
def answer(harness: Harness, cast: Cast, conversation: str) -> str:
    return harness.answered(conversation, cast.olive, Text("Yes.")).public_id


def chips(browser: Browser, conversation: str) -> list[str]:
    return CHIP.findall(browser.open(f"/conversations/{conversation}").text)


def test_forms_react_and_take_it_away(
    harness: Harness, cast: Cast, conversation: str, answer: str, olive: Browser
) -> None:
    here = f"/conversations/{conversation}"
    max = Browser(harness.app).signed_in(cast.max)
    of_answer = f"{here}/messages/{answer}"
    assert f'href="{of_answer}/options"' in olive.open(here).text
    assert (
        f'value="{THUMB}" formaction="{of_answer}/react"' in olive.open(f"{of_answer}/options").text
    )
    response = olive.post(f"{of_answer}/react", emoji=THUMB)
    assert response.location == f"{here}#{answer}"
    max.post(f"{of_answer}/react", emoji=THUMB)
    (own,) = chips(olive, conversation)
    assert f'formaction="{of_answer}/unreact"' in own and 'aria-pressed="true"' in own
    assert (
        'title="Olive, Max"' in own
        and '>2</span><span class="visually-hidden"> by Olive, Max' in own
    )
    assert f"{of_answer}/unreact" in olive.open(f"{of_answer}/options").text
    olive.post(f"{of_answer}/unreact", emoji=THUMB)
    (others,) = chips(olive, conversation)
    assert 'aria-pressed="false"' in others and f'formaction="{of_answer}/react"' in others
    assert olive.post(f"{of_answer}/unreact", emoji=THUMB).status_code == 302  # twice


def test_the_page_shows_how_the_message_begins_without_marks(
    harness: Harness, cast: Cast, conversation: str, olive: Browser
) -> None:
    for text, shown in (
        ("## Bread\n\n> Sour, **not** [flat](https://a.example)", "Bread Sour, not flat"),
        ("| a | b |\n|---|:-:|\n| `c|d` | e |\n\nx | y", "a b c d e x | y"),
        ("a" * 2_000, "a" * 300 + "…"),
        ("**" * 700 + " and so on", "…"),
        ("👩‍👩‍👧" * 100, "👩‍👩‍👧" * 60 + "…"),
    ):
        said = harness.answered(conversation, cast.olive, Text(text)).public_id
        page = olive.open(f"/conversations/{conversation}/messages/{said}/options").text
        assert f'<p class="options-excerpt" dir="auto">{shown}</p>' in page


def test_reactions_of_people_who_left_stay_without_their_names(
    harness: Harness, cast: Cast, conversation: str, answer: str, olive: Browser
) -> None:
    of_answer = f"/conversations/{conversation}/messages/{answer}"
    for bot in (harness.database.bot("Rita"), harness.database.bot("Tom")):
        harness.database.add_member(conversation, bot, MemberRole.READER)
        Browser(harness.app).signed_in(bot).post(f"{of_answer}/react", emoji=THUMB)
        harness.database.remove_member(conversation, bot)
    (chip,) = chips(olive, conversation)
    assert 'title="Former member"' in chip and ">2</span>" in chip


@pytest.mark.parametrize("emoji", ["", "x", THUMB * 2, "<b>", THUMB * 5000])
def test_a_form_with_anything_else_is_refused(
    conversation: str, answer: str, olive: Browser, emoji: str
) -> None:
    of_answer = f"/conversations/{conversation}/messages/{answer}"
    assert olive.post(f"{of_answer}/react", emoji=emoji).status_code == 400
    assert chips(olive, conversation) == []


def test_a_message_of_another_conversation_is_not_found(
    harness: Harness, cast: Cast, answer: str, olive: Browser
) -> None:
    other = harness.database.conversation(cast.olive)
    of_answer = f"/conversations/{other}/messages/{answer}"
    assert olive.post(f"{of_answer}/react", emoji=THUMB).status_code == 404
    assert olive.open(f"{of_answer}/options").status_code == 404


def test_forms_pin_and_unpin(
    harness: Harness, cast: Cast, conversation: str, answer: str, olive: Browser
) -> None:
    here = f"/conversations/{conversation}"
    of_answer = f"{here}/messages/{answer}"
    assert f"{of_answer}/pin" in olive.open(f"{of_answer}/options").text
    olive.post(f"{of_answer}/pin")
    assert f"{of_answer}/unpin" in olive.open(f"{of_answer}/options").text
    page = olive.open(here).text
    assert "1 pinned message" in page and f'href="#{answer}"' in page
    assert "(pinned)" in olive.open(f"{here}/export.md").text
    exported = olive.open(f"{here}/export.json").json["messages"]
    assert [each.get("pinned") for each in exported] == [None, True]
    rita = harness.database.bot("Rita")
    harness.database.add_member(conversation, rita, MemberRole.READER)
    reader = Browser(harness.app).signed_in(rita)
    assert "Unpin" not in reader.open(f"{of_answer}/options").text
    assert reader.post(f"{of_answer}/unpin").status_code == 403
    olive.post(f"{of_answer}/unpin")
    assert '/messages" hidden>' in olive.open(here).text


def test_an_address_of_a_message_leads_to_its_page(
    harness: Harness, cast: Cast, conversation: str, answer: str, olive: Browser
) -> None:
    here = f"/conversations/{conversation}"
    assert olive.open(f"{here}/messages/{answer}").location == f"{here}#{answer}"
    for _ in range(PAGE_MESSAGES // 2):
        harness.answered(conversation, cast.olive, Text("Yes."))
    location = olive.open(f"{here}/messages/{answer}").location
    assert location == f"{here}?before=12#{answer}"
    assert f'id="{answer}"' in olive.open(location).text
    *_, last = harness.database.messages(conversation)
    replies.retry(harness.key(conversation), last.id, harness.user(cast.olive))
    hidden = olive.open(f"{here}/messages/{last.id}").location
    assert hidden == f"{here}?version={last.id}"
    assert olive.open(f"{here}/messages/{'0' * 32}").location == here  # it has another id


def test_a_form_branches_and_the_copy_leads_back_for_those_who_may_read_it(
    harness: Harness, cast: Cast, conversation: str, answer: str, olive: Browser
) -> None:
    here = f"/conversations/{conversation}"
    max = Browser(harness.app).signed_in(cast.max)
    assert (
        f'action="{here}/messages/{answer}/branch"'
        in max.open(f"{here}/messages/{answer}/options").text
    )
    copy = max.post(f"{here}/messages/{answer}/branch").location
    assert copy.startswith("/conversations/") and copy.endswith("#latest")
    back = f'Branched from <a href="{here}">'
    assert back in max.open(copy).text
    harness.database.remove_member(conversation, cast.max)
    assert "Branched from" not in max.open(copy).text
    harness.database.add_member(conversation, cast.max, MemberRole.READER)
    olive.post(f"{here}/delete")
    assert "Branched from" not in max.open(copy).text


def test_a_link_quotes_a_message_in_the_form(
    harness: Harness, cast: Cast, conversation: str, olive: Browser
) -> None:
    here = f"/conversations/{conversation}"
    text = "Yes.\n\n  <b> " + "x" * QUOTED_LENGTH
    answer = harness.answered(conversation, cast.olive, Text(text)).public_id
    assert (
        f'href="{here}?quote={answer}#composer-content"'
        in olive.open(f"{here}/messages/{answer}/options").text
    )
    page = olive.open(f"{here}?quote={answer}").text
    quotation = "&gt; Demo:\n&gt; Yes.\n&gt;\n&gt;   &lt;b&gt; xxx"
    assert quotation in page and page.count("x" * 1000) == 2 + 1
    assert f'name="quotes" value="{answer}"' in page
    olive.post(f"{here}/messages", content="> Demo:\n> Yes.\n\nNo.", quotes=answer)
    page = olive.open(here).text
    link = f'<a class="message-quoted" href="{here}/messages/{answer}">'
    assert link in page and '<blockquote dir="auto">&gt; Demo:\n&gt; Yes.\n</blockquote>' in page
    question = harness.database.messages(conversation)[0].id
    assert "&gt; Olive:\n&gt; And?\n" in olive.open(f"{here}?quote={question}").text
    assert olive.open(f"{here}?quote={'0' * 32}").status_code == 404
