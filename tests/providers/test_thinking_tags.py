from __future__ import annotations

import itertools
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.providers import Text, Thinking
from app.providers.thinking_tags import ThinkingTags

TAGS = "<think> </think> <Thinking> </thinking> [THINK] [/THINK] </thought>"
OTHERS = ["<", "/", "think", ">", "[", "`", " ", "\n", "\u00a0", "a", "é"]
PARTS = st.lists(st.sampled_from([*TAGS.split(), *OTHERS]), max_size=14).map("".join)

FLAGS = re.DOTALL | re.IGNORECASE
OPENING = r"<think>|<thinking>|<thought>|\[think\]"
CLOSING = r"</think>|</thinking>|</thought>|\[/think\]"


def split(pieces: list[str], begins_thinking: bool = False) -> tuple[str, str]:
    """Return the thinking and the text of an answer that arrives in these pieces."""
    tags = ThinkingTags(begins_thinking=begins_thinking)
    found = [event for piece in [*pieces, None] for event in take(tags, piece)]
    assert all(event.text for event in found)
    thinking = "".join(event.text for event in found if isinstance(event, Thinking))
    return thinking, "".join(event.text for event in found if isinstance(event, Text))


def take(tags: ThinkingTags, piece: str | None) -> list[Thinking | Text]:
    return list(tags.flush() if piece is None else tags.feed(piece))


def expected(answer: str, begins_thinking: bool) -> tuple[str, str]:
    """Return the same by regular expressions, from the rule in thinking_tags.py."""
    if opened := re.match(rf"\s*({OPENING})\s*", answer, FLAGS):
        closing = opened[1].replace("<", "</").replace("[", "[/")
        return thought(re.escape(closing), answer[opened.end() :])
    if begins_thinking and not re.match(rf"\s*({CLOSING})", answer, FLAGS):
        return thought(CLOSING, answer.lstrip())
    return "", without_closing_tags(answer)


def thought(closing: str, rest: str) -> tuple[str, str]:
    found = re.fullmatch(rf"(.*?)\s*({closing})\s*(.*)", rest, FLAGS)
    return (found[1], without_closing_tags(found[3])) if found else (rest, "")


def without_closing_tags(text: str) -> str:
    text = re.sub(rf"^(\s*({CLOSING}))+\s*", "", text, flags=FLAGS)
    done = ""
    while tag := re.search(rf"({OPENING})|{CLOSING}", text, FLAGS):
        before, after = done + text[: tag.start()], text[tag.end() :]
        if tag[1] or before.count("`") % 2:
            break
        is_end = re.fullmatch(f"({CLOSING})*", after, FLAGS)
        done, text = before + ("" if before[-1:].isspace() or is_end else "\n\n"), after
    return done + text


@given(PARTS, st.lists(st.integers(0, 60)), st.booleans())
@example("<think>\n\n</think>\n\nHello", [], False)
@example(" <think>a </thinking> b\n</think>\nc <think>d</think>", list(range(60)), False)
def test_any_split_of_an_answer_gives_the_specified_thinking_and_text(
    answer: str, cuts: list[int], begins: bool
) -> None:
    edges = sorted({0, *(cut for cut in cuts if cut < len(answer)), len(answer)})
    pieces = [answer[a:b] for a, b in itertools.pairwise(edges)]
    assert "".join(pieces) == answer
    assert split(pieces, begins) == expected(answer, begins)


@pytest.mark.parametrize(
    ("answer", "thinking", "text"),
    [
        ("<think>Hm.</think>Yes.", "Hm.", "Yes."),
        ("\n<think>\nHm.\n\nSo.\n</think>\n\nYes.\n", "Hm.\n\nSo.", "Yes.\n"),
        ("<think>\n\n</think>\n\nYes.", "", "Yes."),
        ("Yes, <think>no</think>.", "", "Yes, <think>no</think>."),
        ("  Yes.", "", "  Yes."),
        ("<thinking>Hm.</thinking>", "Hm.", ""),
        ("<THINK>Hm.</Think>Yes.", "Hm.", "Yes."),
        ("<thought>Hm.</think></thought>Yes.", "Hm.</think>", "Yes."),
        ("[THINK]Hm.[/THINK]Yes.", "Hm.", "Yes."),
        ("Hm.\n</think>\n\nYes.", "", "Hm.\n\n\nYes."),
        ("Hm.[/THINK]Yes.</think>", "", "Hm.\n\nYes."),
        ("Hm.</think>Yes.\n</think>\nNo.", "", "Hm.\n\nYes.\n\nNo."),
        ("<think>Hm.</think></think>Yes.", "Hm.", "Yes."),
        ("<think>Hm.</think>\n</thinking>\n\n[/THINK] Yes.", "Hm.", "Yes."),
        ("<think>a<think>b</think>c</think>Yes.", "a<think>b", "c\n\nYes."),
        ("<think>`a</think>b</think>Yes.", "`a", "b\n\nYes."),
        ("</think></think>Yes.", "", "Yes."),
        ("<think>a</think>`</think>` closes.", "a", "`</think>` closes."),
        ("<think>a</think><think> and </think> are tags.", "a", "<think> and </think> are tags."),
        ("`</think>` is a tag.", "", "`</think>` is a tag."),
        ("\n</think>\n\nYes.", "", "Yes."),
        ("<think>Hm. </thin", "Hm. </thin", ""),
        ("<thi", "", "<thi"),
        ("", "", ""),
        ("<think>a</think><think>b</think>", "a", "<think>b</think>"),
    ],
)
def test_examples_of_thinking_tags(answer: str, thinking: str, text: str) -> None:
    assert split([answer]) == split(list(answer)) == (thinking, text)


def test_text_that_can_not_be_a_tag_is_returned_at_once() -> None:
    tags = ThinkingTags()
    assert take(tags, "<think>Hm, ") == [Thinking("Hm,")]
    assert take(tags, "so </") == [Thinking(" so")]
    assert take(tags, "think>Yes") == [Text("Yes")]
    assert take(tags, " <") == [Text(" ")]
    assert take(tags, "a") == [Text("<a")]


@pytest.mark.parametrize(
    ("answer", "thinking", "text"),
    [
        ("The user says hi.\n</think>\n\nHello.", "The user says hi.", "Hello."),
        ("<think>\nThe user says hi.\n</think>\n\nHello.", "The user says hi.", "Hello."),
        (" Hm.[/THINK]Yes.</think>", "Hm.", "Yes."),
        ("Hm.", "Hm.", ""),
    ],
)
def test_a_model_that_begins_thinking(answer: str, thinking: str, text: str) -> None:
    assert split([answer], True) == split(list(answer), True) == (thinking, text)


def test_separate_thinking_makes_the_content_start_with_the_answer() -> None:
    tags = ThinkingTags(begins_thinking=True)
    tags.begin_with_answer()
    assert take(tags, "Yes.") == [Text("Yes.")]


def test_a_piece_of_many_tags_is_read_at_once() -> None:
    """By the square of their number it would take minutes."""
    tags = ThinkingTags()
    [text] = {event.text for event in take(tags, "a</think>" * 500_000)} - {"a"}
    assert text == "\n\na"


@pytest.mark.parametrize("start", ["", "<think>a", "a"])
def test_long_white_space_is_not_held_back(start: str) -> None:
    tags = ThinkingTags()
    pieces = [start, *[" " * 100] * 10]
    found = "".join(event.text for piece in pieces for event in take(tags, piece))
    assert len(found) > 800
