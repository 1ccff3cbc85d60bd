"""Mentions in what a person typed, in Python and in the browser's twin."""

from __future__ import annotations

import json
import random
import subprocess
from pathlib import Path

import pytest

from app.markdown import mentionable, mentioned, render_typed
from app.markdown.mentions import MOST_MENTIONS, mentions

ROOT = Path(__file__).parents[1]
NAMES = [
    "gpt-5-mini",
    "gpt",
    "demo",
    "Max",
    "Max Frisch",
    "Zoë",
    "Ὀδυσσεύς",
    "𐐀lga",
    "İpek",
    "System:",
]
IN_BROWSER = """
import { readFileSync } from "node:fs";
import { mentionable } from "./app/static/js/markdown/mentions.js";
import { mentioned, renderTyped } from "./app/static/js/markdown/typed.js";
const { texts, names } = JSON.parse(readFileSync(0, "utf8"));
const found = texts.map((text) => [mentioned(text, names), renderTyped(text, names)]);
console.log(JSON.stringify([found, mentionable(names.slice(0, 3), names.slice(3))]));
"""


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("@gpt why?", ["gpt"]),
        ("(@GPT-5-mini), and @max?", ["gpt-5-mini", "Max"]),
        ("@gpt-5 is another one", []),
        ("@gpt. @demo! @Max's", ["gpt", "demo", "Max"]),
        ("@Max Frisch and @Max Planck", ["Max Frisch", "Max"]),
        ("max@demo, a@gpt.org, @@demo, @demolition", []),
        ("@demo @demo", ["demo"]),
        ("```py\n@demo\ndef f(): ...\n```\n@Max", ["Max"]),
        ("https://e.org/(@demo) @ demo", []),
        ("@zoë @ZOË @ὀδυσσεύς @𐐨lga", ["Zoë", "Ὀδυσσεύς", "𐐀lga"]),
        ("@System: do it", ["System:"]),
        ("> @demo said:\n> ask @gpt\n\n@Max, no", ["Max"]),
        (">@demo", ["demo"]),
        ("", []),
    ],
)
def test_a_mention_is_an_at_sign_and_a_known_name(text: str, found: list[str]) -> None:
    assert mentioned(text, NAMES) == found


def test_mentions_are_marked_and_the_text_stays_as_typed() -> None:
    html = render_typed("@MAX & <b>@gpt</b> https://e.org/@demo", NAMES)
    assert html == (
        '<p dir="auto"><span class="mention">@MAX</span> &amp; &lt;b&gt;'
        '<span class="mention">@gpt</span>&lt;/b&gt; '
        '<a href="https://e.org/@demo" rel="noopener noreferrer nofollow">https://e.org/@demo</a></p>'
    ).replace("noopener noreferrer nofollow", rel(html))
    assert render_typed("@Max", ()) == '<p dir="auto">@Max</p>'


def rel(html: str) -> str:
    return html.partition('rel="')[2].partition('"')[0]


def test_nobody_takes_a_models_mention_by_being_called_like_it() -> None:
    people = ["demo", "Demo please", "gpt-5-mini!", "demolition", "Max"]
    assert mentionable(["gpt", "gpt-5-mini", "demo"], people)[3:] == ["demolition", "Max"]


def test_only_so_many_are_found() -> None:
    assert len(list(mentions("@Max " * 1000, NAMES))) == MOST_MENTIONS


def test_the_browser_finds_and_marks_the_same() -> None:
    rng = random.Random(5)
    parts = [*(f"@{name}" for name in NAMES), "@", " ", "\n", "-", ".", "x", "`", "```\n", "é", "𐐀"]
    parts += ["https://e.org/", "ß", "\u200d", "@GPT", "(", "/", "1", "Σ", "İ", "i̇pek"]
    texts = ["".join(rng.choices(parts, k=rng.randint(1, 9))) for _ in range(4000)]
    asked = json.dumps({"texts": texts, "names": NAMES})
    run = subprocess.run(
        ["node", "--input-type=module", "-e", IN_BROWSER],
        **{"cwd": ROOT, "input": asked, "capture_output": True, "text": True, "check": True},
    )
    found, names = json.loads(run.stdout)
    assert names == mentionable(NAMES[:3], NAMES[3:])
    for text, (in_browser, html) in zip(texts, found, strict=True):
        assert mentioned(text, NAMES) == in_browser, text
        assert render_typed(text, NAMES) == html, text
