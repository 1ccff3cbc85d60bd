"""The HTML of a message: what the scripts rely on, and what is readable without them."""

from __future__ import annotations

import json
import re

import pytest

from app.models import Status
from app.providers import Text, Thinking
from app.replies import generation
from tests.support.browser import Browser, articles, inside
from tests.support.cast import Cast
from tests.support.harness import Harness

NOSCRIPT = re.compile(r"<noscript>(.*?)</noscript>", re.DOTALL)
STOP = re.compile(r'formaction="([^"]+)"[^>]*data-action="stop"([^>]*)>')
SOURCE = re.compile(r'<template class="message-source">(.*?)</template>', re.DOTALL)
BOT = '<span class="message-bot">bot</span>'
NO_BOT = '<span class="message-bot" hidden>bot</span>'
NASTY = "</template></script><script>alert(1)</script> <img src=x onerror=alert(1)> \"'&"


def shown(browser: Browser, conversation: str) -> str:
    page = browser.open(f"/conversations/{conversation}")
    assert page.status_code == 200
    return page.text


def start_answer(harness: Harness, cast: Cast, conversation: str, *deltas: Text | Thinking) -> str:
    """Start an answer that stays streaming; return its id."""
    answer = harness.begin(conversation, cast.olive, "*Why?*")
    for delta in deltas:
        generation.add_event(answer, delta)
        harness.flush()
    return answer.public_id


def test_each_message_has_its_id_position_seq_status_and_role(
    harness: Harness, cast: Cast, conversation: str, olive: Browser
) -> None:
    harness.answered(conversation, cast.max, Text("Because."))
    streaming = start_answer(harness, cast, conversation, Text("Hel"), Text("lo"))

    attributes = [
        [tag[f"data-{name}"] for name in ("position", "seq", "status", "role")]
        for tag, _ in articles(shown(olive, conversation)).values()
    ]

    assert attributes == [
        ["1", "1", "complete", "user"],
        ["2", "1", "complete", "assistant"],
        ["3", "1", "complete", "user"],
        ["4", "2", "streaming", "assistant"],
    ]
    assert list(articles(shown(olive, conversation)))[-1] == streaming


def test_text_is_rendered_and_thinking_is_plain_text(
    harness: Harness, cast: Cast, conversation: str, olive: Browser
) -> None:
    answer = harness.answered(conversation, cast.max, Thinking("*Hm.* <b>"), Text("*Because.*"))
    _, html = articles(shown(olive, conversation))[answer.public_id]
    assert inside(html, "message-content") == '<p dir="auto"><em>Because.</em></p>\n'
    assert "*Hm.* &lt;b&gt;" in html
    assert inside(html, "message-thinking") == "*Hm.* <b>"


def test_the_stored_html_equals_freshly_rendered_html(
    harness: Harness, cast: Cast, conversation: str, olive: Browser
) -> None:
    answer = harness.answered(conversation, cast.max, Text("a **b** `c`"))
    fresh = articles(shown(olive, conversation))[answer.public_id]
    generation.conclude(answer.message_id)
    assert articles(shown(olive, conversation))[answer.public_id] == fresh


@pytest.mark.parametrize("text", ["Hel\nlo", NASTY, "1 < 2 & 3", "{{ 7 * 7 }}", "\u2028"])
def test_the_source_of_a_streaming_message_is_its_exact_text(
    harness: Harness, cast: Cast, conversation: str, olive: Browser, text: str
) -> None:
    answer = start_answer(harness, cast, conversation, Thinking(text), Text(text))
    page = shown(olive, conversation)
    [source] = map(json.loads, SOURCE.findall(articles(page)[answer][1]))
    assert (source["content"], source["thinking"]) == (text, text)
    main = page.split("<main")[1].replace('<img class="seen-image" src="/', "")  # our own
    assert "<script>alert" not in page and "<img" not in main


def test_an_ended_answer_has_no_source(
    harness: Harness, cast: Cast, conversation: str, olive: Browser
) -> None:
    harness.answered(conversation, cast.max, Text("Because."))
    assert not SOURCE.findall(shown(olive, conversation))


def test_a_streaming_answer_can_be_stopped_and_an_ended_one_retried(
    harness: Harness, cast: Cast, conversation: str, olive: Browser
) -> None:
    ended = harness.answered(conversation, cast.max, Text("Because.")).public_id
    streaming = start_answer(harness, cast, conversation)
    page = shown(olive, conversation)
    found = articles(page)

    def can_be_retried(message: str) -> bool:
        [rest] = re.findall(r'data-action="retry"([^>]*)>', found[message][1])
        return "hidden" not in rest

    assert (can_be_retried(streaming), can_be_retried(ended)) == (False, True)
    [(address, rest)] = STOP.findall(page)
    assert address.endswith(f"/messages/{streaming}/stop") and "hidden" not in rest
    assert olive.post(address, form_on=f"/conversations/{conversation}").status_code == 302
    [(_, rest)] = STOP.findall(shown(olive, conversation))
    assert rest.endswith(" hidden")
    html = articles(shown(olive, conversation))[streaming][1]
    assert inside(html, "message-error") == "Stopped by Olive."
    assert re.search('class="message-note" hidden></p>', html), "it is said once"


@pytest.mark.parametrize("status", [Status.STOPPED, Status.INTERRUPTED, Status.FAILED])
def test_an_answer_says_how_it_ended(
    harness: Harness, cast: Cast, conversation: str, olive: Browser, status: Status
) -> None:
    answer = harness.begin(conversation, cast.olive)
    answer.end(status)
    harness.flush()
    _, html = articles(shown(olive, conversation))[answer.public_id]
    assert inside(html, "message-error").strip().endswith(".")


def test_a_message_says_that_it_waits_for_its_first_text(
    harness: Harness, cast: Cast, conversation: str, olive: Browser
) -> None:
    def waits(message: str) -> bool:
        _, html = articles(shown(olive, conversation))[message]
        return 'class="message-waiting">' in html

    answer = start_answer(harness, cast, conversation)
    assert waits(answer)
    generation.add_event(
        harness.runtime.group_commit.answers[harness.message_key(answer)], Text("Hi")
    )
    harness.flush()
    assert not waits(answer)


def test_without_scripts_the_page_reloads_itself_while_an_answer_streams(
    harness: Harness, cast: Cast, conversation: str, olive: Browser
) -> None:
    assert not reloads_itself(olive, conversation)
    answer = start_answer(harness, cast, conversation, Text("Hi"))
    assert reloads_itself(olive, conversation)
    harness.runtime.group_commit.answers[harness.message_key(answer)].end(Status.COMPLETE)
    harness.flush()
    assert not reloads_itself(olive, conversation)


def test_without_scripts_the_page_reloads_itself_while_a_question_waits_for_its_turn(
    harness: Harness, cast: Cast, conversation: str, olive: Browser
) -> None:
    first = harness.begin(conversation, cast.olive)
    harness.ask(conversation, cast.max, "And mine?")
    first.end(Status.COMPLETE)
    harness.flush()
    assert "streaming" not in [each.status for each in harness.database.messages(conversation)]
    assert reloads_itself(olive, conversation)

    generation.conclude(first.message_id)

    assert [each.status for each in harness.database.messages(conversation)][-1] == "streaming"
    assert reloads_itself(olive, conversation)


def reloads_itself(browser: Browser, conversation: str) -> bool:
    noscript = NOSCRIPT.findall(shown(browser, conversation))
    return any('http-equiv="refresh"' in each for each in noscript)


def test_only_a_bots_questions_are_marked(harness: Harness, cast: Cast, olive: Browser) -> None:
    tally = harness.database.bot()
    where = harness.database.conversation(cast.olive, tally)
    harness.answered(where, tally)
    harness.answered(where, cast.olive)
    page = olive.open(f"/conversations/{where}").text
    messages = [html for _, html in articles(page).values()]
    assert [BOT in html for html in messages] == [True, False, False, False]
    assert [NO_BOT in html for html in messages] == [False, True, True, True]


CHOICE = re.compile(r'formaction="([^"]+/choose)" name="version" value="(\d+)"[^>]*?( disabled)?>')


def choices(html: str) -> list[tuple[str, str, str]]:
    """Return the addresses and numbers of the buttons for other versions."""
    return CHOICE.findall(html)


def test_a_message_with_one_version_has_nothing_to_choose(
    harness: Harness, cast: Cast, conversation: str, olive: Browser
) -> None:
    answer = harness.answered(conversation, cast.olive, Text("First."))
    _, html = articles(shown(olive, conversation))[answer.public_id]
    assert "message-versions" not in html


def test_versions_are_chosen_by_buttons_with_names(
    harness: Harness, cast: Cast, conversation: str, olive: Browser
) -> None:
    answer = harness.answered(conversation, cast.olive, Text("First."))
    new = harness.reader(cast.olive).ask("retry", {"id": answer.public_id})["reply"]

    _, html = articles(shown(olive, conversation))[new]

    action = f"/conversations/{conversation}/messages/{new}/choose"
    assert choices(html) == [(action, "1", ""), (action, "3", " disabled")]
    assert 'aria-label="Previous version"' in html and 'aria-label="Next version"' in html
    text = re.sub(r"<[^>]+>", "", html.split('message-version">')[1].split("</button>")[0])
    assert text.split()[:4] == ["Version", "2/", "of", "2"]

    assert olive.post(action, version="1").status_code == 302
    shown_now = harness.database.messages(conversation)[-1]
    assert shown_now.content == "First."
    _, html = articles(shown(olive, conversation))[shown_now.id]
    assert [(number, off) for _, number, off in choices(html)] == [("0", " disabled"), ("2", "")]


@pytest.mark.parametrize(("version", "status"), [("3", 409), ("0", 400), ("x", 400)])
def test_a_version_that_does_not_exist_is_refused(
    harness: Harness, cast: Cast, conversation: str, olive: Browser, version: str, status: int
) -> None:
    answer = harness.answered(conversation, cast.olive, Text("First."))
    path = f"/conversations/{conversation}/messages/{answer.public_id}/choose"
    assert olive.post(path, version=version).status_code == status


def test_a_retry_with_another_model_works_without_scripts(
    harness: Harness, cast: Cast, conversation: str, olive: Browser
) -> None:
    answer = harness.answered(conversation, cast.olive, Text("First."))
    page = shown(olive, conversation)
    path = f"/conversations/{conversation}/messages/{answer.public_id}/retry"
    names = harness.runtime.models.names
    assert page.count(f'formaction="{path}"') == 1 + len(names) * (len(names) > 1)
    assert olive.post(path, model="nothing").status_code == 400
    assert olive.post(path, model=names[-1]).status_code == 302
    assert harness.database.messages(conversation)[-1].model == names[-1]


def test_a_message_that_is_not_shown_is_offered(
    harness: Harness, cast: Cast, conversation: str, olive: Browser
) -> None:
    answer = harness.answered(conversation, cast.olive, Text("First."))
    harness.reader(cast.olive).ask("retry", {"id": answer.public_id})
    page = olive.open(f"/conversations/{conversation}?version={answer.public_id}").text
    path = f"/conversations/{conversation}/messages/{answer.public_id}/choose"
    assert "What you found is in a version that is not shown." in page
    assert f'formaction="{path}"' in page

    assert olive.post(path).status_code == 302

    stored = harness.database.messages(conversation)[-1]
    assert stored.content == "First."
    page = olive.open(f"/conversations/{conversation}?version={stored.id}").text
    assert "What you found" not in page, "it is shown by now"


def test_an_export_has_what_is_shown_and_says_which_version_it_is(
    harness: Harness, cast: Cast, conversation: str, olive: Browser
) -> None:
    answer = harness.answered(conversation, cast.olive, Text("First."))
    harness.reader(cast.olive).ask("retry", {"id": answer.public_id})
    markdown = olive.open(f"/conversations/{conversation}/export.md").text
    assert "First." not in markdown
    assert markdown.count(" (version 2 of 2)\n") == 1
    exported = json.loads(olive.open(f"/conversations/{conversation}/export.json").text)
    assert [message.get("versions") for message in exported["messages"]] == [None, 2]
