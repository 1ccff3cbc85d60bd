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

from app.markdown import render, render_typed

pytestmark = pytest.mark.no_cover  # it runs what others run, with many values

ROOT = Path(__file__).parent.parent
SPEC = ROOT / "node_modules" / "commonmark-spec" / "spec.txt"
RECORDINGS = sorted((ROOT / "tests" / "recordings").glob("*.jsonl"))
SAMPLES = json.loads((ROOT / "tests" / "markdown_samples.json").read_text())
VOID = {"br", "hr", "img", "input"}
TEXT_KEYS = {"content", "reasoning", "reasoning_content", "text", "thinking"}
RENDER_ALL = """
import { readFileSync } from "node:fs";
import { render } from "./app/static/js/markdown.js";
import { renderTyped } from "./app/static/js/markdown/typed.js";
const texts = JSON.parse(readFileSync(0, "utf8"));
const renderers = [(text) => render(text), (text) => renderTyped(text)];
console.log(JSON.stringify(renderers.map((renderer) => texts.map(renderer))));
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


def in_browser(texts: list[str]) -> tuple[list[str], list[str]]:
    """Render `texts` with the browser's renderer, as Markdown and as typed."""
    command = ["node", "--input-type=module", "--eval", RENDER_ALL]
    run = subprocess.run(
        command, input=json.dumps(texts), capture_output=True, text=True, check=True, cwd=ROOT
    )
    as_markdown, as_typed = json.loads(run.stdout)
    return as_markdown, as_typed


def test_both_renderers_give_the_same_html() -> None:
    texts = spec_examples() + recorded_texts() + SAMPLES["extensions"] + SAMPLES["attacks"]
    texts += shuffled_fragments(4000) + SAMPLES["typed"]
    as_markdown, as_typed = in_browser(texts)
    for text, html in zip(texts, as_markdown, strict=True):
        assert render(text) == html, text
    for text, html in zip(texts, as_typed, strict=True):
        assert render_typed(text) == html, text


LONG = [  # texts that would take minutes if the time grew by the square of their length
    "```" + " " * 200_000 + "x" * 200_000 + "`",
    "```" + " \t" * 200_000 + "`",
    "```\n" * 100_000,
    "$1" + "." * 400_000,
    "$1" + ",1." * 100_000 + " x",
]


@pytest.mark.parametrize("text", LONG, ids=range(len(LONG)))
def test_a_long_text_takes_no_more_time_than_its_length(text: str) -> None:
    [as_markdown], [as_typed] = in_browser([text])
    assert render_typed(text) == as_typed
    if "$" in text:
        assert render(text) == as_markdown


ALLOWED_TAGS = set(
    "a blockquote br code details div em h1 h2 h3 h4 h5 h6 hr input kbd li mark ol p pre s span "
    "strong sub summary sup table tbody td th thead tr ul".split()
)
ALLOWED_ATTRIBUTES = {
    "aria-label": r"To do|Done",
    "checked": r"",
    "class": r"language-.*|align-(left|right|center)|code|fence|footnote|footnote-mark|"
    r"math|math math-display|table|task",
    "data-language": r".*",
    "data-note": r"[\w.-]+",
    "dir": r"auto|ltr|rtl",
    "disabled": r"",
    "href": r"((?i:https?://|mailto:).*)?|#note-[\w.-]+",
    "open": r"",
    "rel": r"noopener noreferrer nofollow",
    "start": r"\d+",
    "tabindex": r"0",
    "title": r".*",
    "type": r"checkbox",
}


class Harmless(HTMLParser):
    """Asserts that each tag is allowed."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Fail for a tag, an attribute or a value that is not allowed."""
        assert tag in ALLOWED_TAGS
        found = dict(attrs)
        assert ("rel" in found) == (tag == "a" and not (found["href"] or "").startswith("#"))
        for name, value in attrs:
            assert re.fullmatch(ALLOWED_ATTRIBUTES[name], value or "", re.DOTALL)


@pytest.mark.parametrize("text", SAMPLES["attacks"])
def test_an_attack_renders_as_harmless_html(text: str) -> None:
    Harmless().feed(render(text))


def test_random_markdown_renders_as_harmless_html() -> None:
    for text in [*spec_examples(), *shuffled_fragments(3000)]:
        Harmless().feed(render(text))
        Harmless().feed(render_typed(text))


class Text(HTMLParser):
    """Collects the text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text = ""
        self.feed(html)
        self.close()

    def handle_data(self, data: str) -> None:
        """Add a piece of text."""
        self.text += data


def test_what_a_person_typed_is_the_text_of_its_html() -> None:
    for text in [*SAMPLES["typed"], *spec_examples(), *shuffled_fragments(3000)]:
        shown = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd")
        assert Text(render_typed(text)).text == shown


def test_what_a_person_typed_is_text_but_for_fences_and_addresses() -> None:
    assert render_typed(" *a* `b`\n# c\n\n") == '<p dir="auto"> *a* `b`\n# c\n\n</p>'
    assert render_typed("x\n```py\n*a*\n```\ny") == (
        '<p dir="auto">x\n</p><p class="fence">```py\n</p>'
        '<div class="code" dir="ltr" data-language="py"><pre tabindex="0">'
        '<code class="language-py">*a*\n</code></pre></div>'
        '<p class="fence">```\n</p><p dir="auto">y</p>'
    )
    link = '<a href="https://e.org/_a" rel="noopener noreferrer nofollow">https://e.org/_a</a>'
    assert render_typed("(https://e.org/_a).") == f'<p dir="auto">({link}).</p>'


@pytest.mark.parametrize(("text", "shown"), SAMPLES["paragraphs"])
def test_a_paragraph_is_rendered_as_its_writer_meant(text: str, shown: str) -> None:
    """Here links are written like those of Markdown, and mathematics as `m`."""
    html = render(text).replace(' rel="noopener noreferrer nofollow"', "")
    html = re.sub(r'<a href="([^"]*)">([^<]*)</a>', r"[\2](\1)", html)
    html = re.sub(r'<span class="math" dir="ltr">(.*?)</span>', r"<m>\1</m>", html)
    assert html == f'<p dir="auto">{shown}</p>\n'


def test_tasks_are_boxes_and_blocks_have_the_direction_of_their_letters() -> None:
    html = render("- [ ] open\n- [x] done\n\n1. ראשון\n2. two\n\n> مرحبا\n\n\\[\na_1 \\\\ b\n\\]")
    assert re.findall(r'<input[^>]*label="([^"]*)">(\w+)', html) == [
        ("To do", "open"),
        ("Done", "done"),
    ]
    assert re.findall(r'<(ol|li|blockquote) dir="rtl">', html) == ["ol", "li", "blockquote"]
    assert '<li dir="ltr">two</li>' in html
    assert ">\\[\na_1 \\\\ b\n\\]</div>" in html


VALUES = {
    "a[^1]\n\n[^1]: b": '<p>a<sup class="footnote-mark"><a href="#note-1">1</a></sup></p>\n'
    '<div class="footnote" data-note="1">\n<p>b</p>\n</div>\n',
    "H<sub>2</sub> x<sup>2</sup>": "<p>H<sub>2</sub> x<sup>2</sup></p>\n",
    "<kbd>A</kbd> <mark>b *c*</mark>": "<p><kbd>A</kbd> <mark>b <em>c</em></mark></p>\n",
    "a <mark>b": "<p>a &lt;mark&gt;b</p>\n",
    "<details open>\n<summary>s</summary>\n\nt\n\n</details>": '<details open="">\n'
    "<summary>s</summary>\n<p>t</p>\n</details>\n",
    "# 1\n## 2\n### 3\n#### 4": "<h1>1</h1>\n<h2>2</h2>\n<h3>3</h3>\n<h4>4</h4>\n",
    "$$\\frac{*a*}{_b_}$$": '<div class="math math-display" tabindex="0">'
    "$$\\frac{*a*}{_b_}$$</div>\n",
    "|a|\n|-|\n|b<br>c|": '<div class="table" tabindex="0"><table>\n<thead>\n<tr>\n<th>a</th>\n'
    "</tr>\n</thead>\n<tbody>\n<tr>\n<td>b<br>\nc</td>\n</tr>\n</tbody>\n</table></div>\n",
}


@pytest.mark.parametrize(("text", "html"), VALUES.items())
def test_what_models_write_besides_commonmark_is_rendered(text: str, html: str) -> None:
    """Here without directions and what protects links."""
    shown = re.sub(r' (?:dir|rel)="[^"]*"', "", render(text))
    assert shown == html


def test_an_empty_cell_of_the_first_row_heads_nothing() -> None:
    html = render("| | a |\n|:-:|---|\n| b | |\n")
    assert '<td class="align-center" dir="auto"></td>\n<th dir="auto">a</th>' in html


def test_an_image_becomes_a_link_to_it() -> None:
    assert render('![A *cat*](https://e.org/c.png "Tom")') == (
        '<p dir="auto"><a href="https://e.org/c.png" title="Tom" '
        'rel="noopener noreferrer nofollow">A cat</a></p>\n'
    )


def test_an_image_without_a_text_shows_its_address() -> None:
    assert ">https://e.org/c.png</a>" in render("![](https://e.org/c.png)")


def test_an_image_within_a_link_becomes_its_text() -> None:
    html = render("[![build](https://e.org/b.svg)](https://e.org)")
    assert html.count("<a ") == 1
    assert ">build</a>" in html


class TopLevel(HTMLParser):
    """Collects what the elements are that are in no other one: the last class, or the tag."""

    def __init__(self) -> None:
        super().__init__()
        self.kinds: set[str] = set()
        self._open = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if not self._open:
            self.kinds.add(((dict(attrs).get("class") or "").split() or [tag])[-1])
        self._open += tag not in VOID

    def handle_endtag(self, tag: str) -> None:
        self._open -= tag not in VOID


def test_the_styles_know_each_block_that_can_be_the_last_of_a_growing_answer() -> None:
    found = TopLevel()
    found.feed("".join(map(render, spec_examples() + SAMPLES["extensions"])))
    css = (ROOT / "app" / "static" / "css" / "message.css").read_text()
    lists = re.findall(r"> :is\(([\w., -]+)\):last-child", css)
    alone = re.findall(r"> (\w+):last-child", css)
    known = {name.removeprefix(".") for names in lists for name in names.split(", ")} | {*alone}
    assert len(found.kinds) >= 15
    assert found.kinds - known == set(), "after these there would be no dots"
    assert lists.count(".code, .table, .math-display, .footnote, blockquote, details, hr") == 2
