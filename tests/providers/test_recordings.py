"""Every recording, sent over HTTP, is read as exactly its text and thinking."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from app.providers import Usage
from tests.providers.conftest import Ask
from tests.providers.reading import NAMES, Content, api_of, chunk, content_of, read, recording
from tests.support.fake_model import FakeModel

USAGES = {
    "anthropic-text": Usage(12, 30),
    "anthropic-thinking": Usage(69, 53),
    "deepseek-reasoning": Usage(18, 219),
    "groq-reasoning": Usage(17, 1107),
    "mistral-reasoning": Usage(10, 46),
    "openai-text": Usage(16, 300),
    "xai-text": Usage(12, 2),
}
FAMILY = "👨‍👩‍👧‍👦 é e\u0301 \U0001f3f3\ufe0f\u200d\U0001f308"


def test_the_recordings_contain_text_and_thinking() -> None:
    contents = {name: content_of(recording(name)) for name in NAMES}
    assert set(USAGES) <= set(contents)
    assert all(one.text for one in contents.values())
    assert sum(bool(one.thinking) for one in contents.values()) >= 5


@pytest.mark.parametrize("name", NAMES)
def test_a_recording_is_read_completely(name: str, ask: Ask) -> None:
    got = read(ask(f"{api_of(name)}:{name}"))
    assert got.error is None
    assert got.content == content_of(recording(name))
    assert got.usage == [USAGES.get(name, *got.usage)]


@pytest.mark.parametrize("name", NAMES)
def test_a_recording_split_between_code_units_reads_the_same(
    name: str, ask: Ask, fake: FakeModel
) -> None:
    fake.streams["split"] = list(in_code_units(recording(name)))
    assert len(fake.streams["split"]) > len(recording(name))
    assert read(ask(f"{api_of(name)}:split")).content == content_of(recording(name))


@pytest.mark.parametrize("name", [name for name in NAMES if content_of(recording(name)).thinking])
def test_a_recording_with_its_thinking_in_tags_reads_the_same(
    name: str, ask: Ask, fake: FakeModel
) -> None:
    content = content_of(recording(name))
    tagged = f"<think>\n{content.thinking}\n</think>\n\n{content.text}"
    fake.streams["tagged"] = [*in_code_units([chunk({"content": tagged})]), chunk({}, "stop")]
    got = read(ask("openai:tagged"))
    assert got.content == Content(content.thinking.strip(), content.text.lstrip())


def test_split_surrogate_pairs_are_joined(ask: Ask, fake: FakeModel) -> None:
    fake.streams["emoji"] = [*in_code_units([chunk({"content": FAMILY})]), chunk({}, "stop")]
    assert r'"\ud83d"' in "".join(fake.streams["emoji"])
    assert read(ask("openai:emoji")).text == FAMILY


def test_characters_that_no_database_stores_are_replaced(ask: Ask, fake: FakeModel) -> None:
    pieces = ["a\0b", "", "\ud83d", "x", "\r\n", "\udc00", "\ud83d"]
    fake.streams["dirty"] = [*(chunk({"content": text}) for text in pieces), chunk({}, "stop")]
    got = read(ask("openai:dirty"))
    assert got.text == "a\ufffdb\ufffdx\r\n\ufffd\ufffd"
    assert all(event.text for event in got.events)


def in_code_units(events: list[str]) -> Iterator[str]:
    """Yield `events` with every string of text cut between all of its UTF-16 code units."""
    for event in map(json.loads, events):
        holder, key = _text_in(event)
        units = holder[key].encode("utf-16-le") if holder else b""
        for start in range(0, len(units), 2):
            holder[key] = units[start : start + 2].decode("utf-16-le", "surrogatepass")
            yield json.dumps(_without_ends(event) if start + 2 < len(units) else event)
        if not units:
            yield json.dumps(event)


def _text_in(event: dict[str, Any]) -> tuple[dict[str, Any], str]:
    delta = event.get("delta") or next(iter(event.get("choices", [])), {}).get("delta", {})
    while isinstance(delta.get("content"), list):
        delta = delta["content"][0]
    while isinstance(delta.get("thinking"), list):
        delta = delta["thinking"][0]
    keys = ("content", "text", "thinking", "reasoning", "reasoning_content")
    key = next((key for key in keys if delta.get(key)), None)
    return (delta, key) if key else ({}, "")


def _without_ends(event: dict[str, Any]) -> dict[str, Any]:
    copy = json.loads(json.dumps(event))
    for choice in copy.get("choices", []):
        choice["finish_reason"] = None
    return copy
