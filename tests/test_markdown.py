"""Both renderers return the same HTML, byte for byte, and it is harmless."""

import json
import random
import re
import subprocess
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from app.markdown import render

ROOT = Path(__file__).parent.parent
SPEC = ROOT / "node_modules" / "commonmark-spec" / "spec.txt"
RECORDINGS = sorted((ROOT / "tests" / "recordings").glob("*.jsonl"))
SAMPLES = json.loads((ROOT / "tests" / "markdown_samples.json").read_text())
TEXT_KEYS = {"content", "reasoning", "reasoning_content", "text", "thinking"}
RENDER_ALL = """
import { readFileSync } from "node:fs";
import { render } from "./app/static/js/markdown.js";
console.log(JSON.stringify(JSON.parse(readFileSync(0, "utf8")).map(render)));
"""


def spec_examples() -> list[str]:
    """Return the examples of the CommonMark specification, as they are and with allowed links."""
    pattern = re.compile(r"^`{32} example\n(.*?)^\.$", re.MULTILINE | re.DOTALL)
    examples = [text.replace("→", "\t") for text in pattern.findall(SPEC.read_text())]
    assert len(examples) > 640
    return examples + [re.sub(r"(?<=[(<: ])/(?=url|uri)", "https://e.org/", e) for e in examples]


def recorded_texts() -> list[str]:
    """Return the text and thinking of the recordings."""
    assert len(RECORDINGS) >= 7
    return ["".join(texts_in(payloads(path))) for path in RECORDINGS]


def payloads(recording: Path) -> list[Any]:
    """Return the JSON payloads of a recording, without the closing [DONE]."""
    lines = recording.read_text().split("\n")
    return [json.loads(line) for line in lines if line.startswith("{")]


def texts_in(node: Any, key: str = "") -> Iterator[str]:
    """Yield all strings under the keys by which models send text, in order."""
    if isinstance(node, str) and key in TEXT_KEYS:
        yield node
    elif isinstance(node, dict):
        for key, value in node.items():
            yield from texts_in(value, key)
    elif isinstance(node, list):
        for value in node:
            yield from texts_in(value, key)


def shuffled_fragments(count: int) -> list[str]:
    """Return random texts made of difficult fragments; the same ones every time."""
    chance = random.Random("markdown")
    pick = chance.choices
    return ["".join(pick(SAMPLES["fragments"], k=chance.randint(1, 30))) for _ in range(count)]


def in_browser(texts: list[str]) -> list[str]:
    """Render `texts` with the browser's renderer."""
    command = ["node", "--input-type=module", "--eval", RENDER_ALL]
    run = subprocess.run(
        command, input=json.dumps(texts), capture_output=True, text=True, check=True, cwd=ROOT
    )
    return list(json.loads(run.stdout))


def test_both_renderers_give_the_same_html() -> None:
    texts = spec_examples() + recorded_texts() + SAMPLES["extensions"] + SAMPLES["attacks"]
    texts += shuffled_fragments(3000)
    for text, html in zip(texts, in_browser(texts), strict=True):
        assert render(text) == html, text


ALLOWED_TAGS = set(
    "a blockquote br code em h1 h2 h3 h4 h5 h6 hr li ol p pre s strong ul "
    "table tbody td th thead tr".split()
)
ALLOWED_ATTRIBUTES = {
    "class": r"language-.*|align-(left|right|center)",
    "href": r"((?i:https?://|mailto:).*)?",
    "rel": r"noopener noreferrer nofollow",
    "start": r"\d+",
    "tabindex": r"0",
    "title": r".*",
}


class Harmless(HTMLParser):
    """Asserts that each tag is allowed."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Fail for a tag, an attribute or a value that is not allowed."""
        assert tag in ALLOWED_TAGS
        assert ("rel" in dict(attrs)) == (tag == "a")
        for name, value in attrs:
            assert re.fullmatch(ALLOWED_ATTRIBUTES[name], value or "", re.DOTALL)


@pytest.mark.parametrize("text", SAMPLES["attacks"])
def test_an_attack_renders_as_harmless_html(text: str) -> None:
    Harmless().feed(render(text))


def test_random_markdown_renders_as_harmless_html() -> None:
    for text in [*spec_examples(), *shuffled_fragments(3000)]:
        Harmless().feed(render(text))


def test_an_image_becomes_a_link_to_it() -> None:
    assert render('![A *cat*](https://e.org/c.png "Tom")') == (
        '<p><a href="https://e.org/c.png" title="Tom" rel="noopener noreferrer nofollow">'
        "A cat</a></p>\n"
    )


def test_an_image_without_a_text_shows_its_address() -> None:
    assert ">https://e.org/c.png</a>" in render("![](https://e.org/c.png)")


def test_an_image_within_a_link_becomes_its_text() -> None:
    html = render("[![build](https://e.org/b.svg)](https://e.org)")
    assert html.count("<a ") == 1
    assert ">build</a>" in html
