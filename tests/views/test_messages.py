"""A message on its page: what scripts rely on, and what is readable without any."""

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

SOURCE = re.compile(r'<template class="message-source">(.*?)</template>', re.DOTALL)
NASTY = "</template></script><script>alert(1)</script> <img src=x onerror=alert(1)> \"'&"


def shown(browser: Browser, conversation: str) -> str:
    page = browser.open(f"/conversations/{conversation}")
    assert page.status_code == 200
    return page.text


def begun(harness: Harness, cast: Cast, conversation: str, *said: Text | Thinking) -> str:
    """Begin an answer that goes on; return its id."""
    answer = harness.begin(conversation, cast.olive, "*Why?*")
    for each in said:
        generation.receive(answer, each)
        harness.flush()
    return answer.public_id


def test_each_message_tells_its_id_position_seq_status_and_role(
    harness: Harness, cast: Cast, conversation: str, olive: Browser
) -> None:
    harness.answered(conversation, cast.max, Text("Because."))
    streaming = begun(harness, cast, conversation, Text("Hel"), Text("lo"))

    told = [
        [tag[f"data-{name}"] for name in ("position", "seq", "status", "role")]
        for tag, _ in articles(shown(olive, conversation)).values()
    ]

    assert told == [
        ["1", "1", "complete", "user"],
        ["2", "1", "complete", "assistant"],
        ["3", "1", "complete", "user"],
        ["4", "2", "streaming", "assistant"],
    ]
    assert list(articles(shown(olive, conversation)))[-1] == streaming


def test_text_is_rendered_and_thinking_is_as_it_was_said(
    harness: Harness, cast: Cast, conversation: str, olive: Browser
) -> None:
    answer = harness.answered(conversation, cast.max, Thinking("*Hm.* <b>"), Text("*Because.*"))
    _, html = articles(shown(olive, conversation))[answer.public_id]
    assert inside(html, "message-content") == "<p><em>Because.</em></p>\n"
    assert "*Hm.* &lt;b&gt;" in html
    assert inside(html, "message-thinking") == "*Hm.* <b>"


def test_the_stored_rendering_is_shown_and_equals_the_fresh_one(
    harness: Harness, cast: Cast, conversation: str, olive: Browser
) -> None:
    answer = harness.answered(conversation, cast.max, Text("a **b** `c`"))
    fresh = articles(shown(olive, conversation))[answer.public_id]
    generation.conclude(answer.message_id)
    assert articles(shown(olive, conversation))[answer.public_id] == fresh


@pytest.mark.parametrize("text", ["Hel\nlo", NASTY, "1 < 2 & 3", "{{ 7 * 7 }}", "\u2028"])
def test_the_source_of_a_streaming_message_is_its_text_to_the_letter(
    harness: Harness, cast: Cast, conversation: str, olive: Browser, text: str
) -> None:
    answer = begun(harness, cast, conversation, Thinking(text), Text(text))
    page = shown(olive, conversation)
    [source] = map(json.loads, SOURCE.findall(articles(page)[answer][1]))
    assert (source["content"], source["thinking"]) == (text, text)
    assert "<script>alert" not in page and "<img" not in page.split("<main")[1]


def test_what_has_ended_has_no_source_nobody_needs_it_twice(
    harness: Harness, cast: Cast, conversation: str, olive: Browser
) -> None:
    harness.answered(conversation, cast.max, Text("Because."))
    assert not SOURCE.findall(shown(olive, conversation))


def test_only_what_streams_can_be_stopped_and_only_what_has_ended_retried(
    harness: Harness, cast: Cast, conversation: str, olive: Browser
) -> None:
    ended = harness.answered(conversation, cast.max, Text("Because.")).public_id
    streaming = begun(harness, cast, conversation)
    found = articles(shown(olive, conversation))

    def hidden(message: str, action: str) -> bool:
        [rest] = re.findall(rf'data-action="{action}"([^>]*)>', found[message][1])
        return "hidden" in rest

    assert (hidden(streaming, "stop"), hidden(streaming, "retry")) == (False, True)
    assert (hidden(ended, "stop"), hidden(ended, "retry")) == (True, False)


@pytest.mark.parametrize("status", [Status.STOPPED, Status.INTERRUPTED, Status.FAILED])
def test_how_an_answer_ended_is_said(
    harness: Harness, cast: Cast, conversation: str, olive: Browser, status: Status
) -> None:
    answer = harness.begin(conversation, cast.olive)
    answer.end(status)
    harness.flush()
    _, html = articles(shown(olive, conversation))[answer.public_id]
    assert inside(html, "message-error").strip().endswith(".")


def test_before_the_first_text_a_message_says_that_it_waits(
    harness: Harness, cast: Cast, conversation: str, olive: Browser
) -> None:
    def waits(message: str) -> bool:
        _, html = articles(shown(olive, conversation))[message]
        return 'class="message-waiting">' in html

    answer = begun(harness, cast, conversation)
    assert waits(answer)
    generation.receive(
        harness.runtime.group_commit.answers[harness.message_key(answer)], Text("Hi")
    )
    harness.flush()
    assert not waits(answer)


def test_the_page_refreshes_itself_without_scripts_while_something_streams(
    harness: Harness, cast: Cast, conversation: str, olive: Browser
) -> None:
    def refreshes() -> bool:
        noscript = re.findall(r"<noscript>(.*?)</noscript>", shown(olive, conversation), re.DOTALL)
        return any('http-equiv="refresh"' in each for each in noscript)

    assert not refreshes()
    answer = begun(harness, cast, conversation, Text("Hi"))
    assert refreshes()
    harness.runtime.group_commit.answers[harness.message_key(answer)].end(Status.COMPLETE)
    harness.flush()
    assert not refreshes()
