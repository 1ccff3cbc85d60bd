"""A text rendered in pieces has, at each step of its growth, the HTML of the whole text."""

from __future__ import annotations

import json
import random
import subprocess
from functools import cache

import pytest

from app import markdown
from app.rendering import growing_text
from app.rendering.growing_text import GrowingText
from tests.test_markdown import ROOT, SAMPLES, recorded_texts, shuffled_fragments, spec_examples

pytestmark = pytest.mark.no_cover  # it runs what others run, with many values

render = cache(markdown.render)
MOST_STEPS = 100_000
DEFINED_LATE = "See [the *site*].\n\nMore.\n\n> quote\n\n[the *site*]: https://e.org/"


def rendered(growing: GrowingText, text: str, is_open: bool = False) -> str:
    """Return the HTML of a text, after as many steps as that takes."""
    htmls = (growing.step(text, is_open) for _ in range(MOST_STEPS))
    return next(html for html in htmls if html is not None)


def texts() -> list[str]:
    """Return texts of every kind, and mixtures of them; the same every time."""
    single = spec_examples() + SAMPLES["extensions"] + SAMPLES["attacks"] + shuffled_fragments(300)
    chance = random.Random("growing")
    mixed = ["\n\n".join(chance.choices(single, k=chance.randint(2, 5))) for _ in range(300)]
    return [*single, *mixed, DEFINED_LATE]


def test_in_pieces_of_any_size_the_html_is_that_of_the_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for size in (1, 10, 16_000):
        monkeypatch.setattr(growing_text, "PIECE_CHARACTERS", size)
        for text in texts():
            assert rendered(GrowingText(), text) == render(text), (size, text)


def test_while_a_text_grows_the_html_is_that_of_the_whole() -> None:
    chance = random.Random("growing")
    for text in chance.sample(texts(), 1000):
        growing, length = GrowingText(), 0
        while length < len(text):
            length += chance.randint(1, 40)
            assert rendered(growing, text[:length]) == render(text[:length]), text[:length]


def test_an_earlier_state_of_the_text_is_rendered_as_it_was() -> None:
    chance = random.Random("rewinding")
    for text in [*chance.sample(texts(), 600), "- a\n\n---\n"]:
        growing = GrowingText()
        for length in chance.choices(range(len(text) + 1), k=8):
            assert rendered(growing, text[:length]) == render(text[:length]), text[:length]


@pytest.mark.parametrize("text", recorded_texts())
def test_the_answer_of_a_real_model_is_rendered_the_same_while_it_grows(text: str) -> None:
    growing = GrowingText()
    for length in range(0, len(text) + 150, 150):
        assert rendered(growing, text[:length]) == render(text[:length])


def test_what_was_rendered_is_not_rendered_again(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[str] = []
    parse = growing_text.parse

    def watched(
        text: str, references: growing_text.References, is_open: bool
    ) -> list[growing_text.Token]:
        parsed.append(text)
        return parse(text, references, is_open)

    monkeypatch.setattr(growing_text, "parse", watched)
    growing, text = GrowingText(), "A paragraph.\n\n" * 5000
    html = rendered(growing, text)
    assert sum(map(len, parsed)) < 1.1 * len(text)

    parsed.clear()
    assert rendered(growing, text) == html
    assert parsed == []

    rendered(growing, text + "The end.")
    assert sum(map(len, parsed)) < 100


def test_a_definition_applies_to_what_was_rendered_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(growing_text, "PIECE_CHARACTERS", 20)
    text = "[a] and [b].\n\n" * 20 + "[a]: https://e.org/a\n\nnot b\n\n[b]: https://e.org/b\n"
    growing = GrowingText()
    for length in range(len(text) + 1):
        assert rendered(growing, text[:length]) == render(text[:length])
    assert rendered(growing, text).count("<a ") == 40


def test_one_long_block_takes_time_in_proportion(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(growing_text, "PIECE_CHARACTERS", 10)
    growing, text = GrowingText(), "```\n" + "code\n" * 2000
    steps = 1
    while growing.step(text) is None:
        steps += 1
    assert steps < 15


def test_another_text_is_rendered_from_its_beginning() -> None:
    growing = GrowingText()
    rendered(growing, "[a]\n\n[a]: https://e.org\n\nOne.\n\nTwo.")
    for text in ("Three.", "[a]\n\nOne.\n\nTwo, and so on."):
        assert rendered(growing, text) == render(text)


RENDER_OPEN = """
import { readFileSync } from "node:fs";
import { OpenBlocks } from "./app/static/js/rendering.js";
const texts = JSON.parse(readFileSync(0, "utf8"));
console.log(JSON.stringify(texts.map((text) => new OpenBlocks().render(text, true).join(""))));
"""
STOPPED = {
    "The **bold wor": "<p>The <strong>bold wor</strong></p>",
    "Use `cod": "<p>Use <code>cod</code></p>",
    "See [the li": "<p>See</p>",
    "See.\n\n| a | b": "<p>See.</p>",
    "See.\n\nName | Ag": "<p>See.</p>\n<p>Name</p>",
    "Name | Age\n--- | -": "<p>Name</p>",
    "Name|Age\n---|-": "<p>Name|Age</p>",
    "a `b | c` d": "<p>a <code>b | c</code> d</p>",
    "para\n-": "<p>para</p>",
    "Result\n=": "<p>Result</p>",
    "Result\n=> don": "<p>Result\n=&gt; don</p>",
    "para\n\n- one\n-": "<p>para</p>\n<ul>\n<li>one</li>\n</ul>",
    "H<sub>2": "<p>H<sub>2</sub></p>",
    "a $x_1 +": "<p>a</p>",
    "a ~~b *c": "<p>a <s>b <em>c</em></s></p>",
    "a[^1] b": '<p>a<sup class="footnote-mark">1</sup> b</p>',
    "not *, but": "<p>not *, but</p>",
}


def stopped_texts() -> list[str]:
    """Return the beginnings of texts of every kind; the same every time."""
    chance = random.Random("stopped")
    whole = chance.sample(texts(), 1200) + recorded_texts() * 8
    whole += ["😀" * count + "**b" for count in (990, 1010)]
    whole += [f"[{'😀a' * count}" for count in (660, 670)]
    return [text[: chance.randint(len(text) // 2, len(text))] for text in whole]


@pytest.mark.parametrize(("text", "html"), STOPPED.items())
def test_a_text_that_was_stopped_has_no_half_open_mark(text: str, html: str) -> None:
    shown = rendered(GrowingText(), text, True).replace(' dir="auto"', "")
    assert shown.replace(' dir="ltr"', "") == html + "\n"


def test_server_and_browser_render_the_same_of_what_was_stopped() -> None:
    stopped = stopped_texts()
    command = ["node", "--input-type=module", "--eval", RENDER_OPEN]
    run = subprocess.run(
        command, input=json.dumps(stopped), capture_output=True, text=True, check=True, cwd=ROOT
    )
    for text, html in zip(stopped, json.loads(run.stdout), strict=True):
        assert rendered(GrowingText(), text, True) == html, text


def test_an_answer_that_goes_on_after_a_stop_ends_as_one_that_was_never_stopped() -> None:
    growing, text = GrowingText(), "A[^1] **b** [c][d].\n\nmore[^2] `e\n\nend **f** g"
    for length in range(len(text)):
        rendered(growing, text[:length], True)
        assert rendered(growing, text[:length]) == render(text[:length])
