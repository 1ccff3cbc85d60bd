"""Durations, sizes and costs in the words of a page; the browser uses the same."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from flask import Flask

from app.config import Price
from app.models.stats import Stats
from app.views.formatting import file_about, file_size, stats_line, thinking_title

ROOT = Path(__file__).parents[2]
TIMES_MS = [0, 1, 499, 500, 1499, 1500, 2500, 59_499, 59_500, 60_000, 61_500, 3_599_600, 9_000_000]
STATS: list[Stats] = [
    {},
    {"output_tokens": 0},
    {"output_tokens": 1},
    {"duration_ms": 8200, "output_tokens": 1_234_567, "input_tokens": 4, "thought_ms": 3},
    *[{"duration_ms": ms, "thought_ms": ms} for ms in TIMES_MS],
]
COUNTS = [0, 1, 49, 50, 5_000, 123_456, 2**31 - 1]
COSTS: list[tuple[Stats, Price]] = [
    ({"input_tokens": read, "output_tokens": written}, Price(read=12_500, written=100_000))
    for read in COUNTS
    for written in COUNTS
]
IN_JAVASCRIPT = """
import { readFileSync } from "node:fs";
import { statsLine, thinkingTitle } from "./app/static/js/formatting.js";
const [all, costs] = JSON.parse(readFileSync(0, "utf8"));
const titles = ({ thought_ms }) => [true, false].map((is) => thinkingTitle(is, thought_ms));
const lines = all.map((stats) => [statsLine(stats), ...titles(stats)]);
console.log(JSON.stringify([lines, costs.map(([stats, price]) => statsLine(stats, price))]));
"""


def test_an_icon_is_compiled_to_its_text(app: Flask) -> None:
    templates = app.jinja_env
    assert templates.loader
    source, *_ = templates.loader.get_source(templates, "messages/_message.html")
    compiled = templates.compile(source, "messages/_message.html", raw=True)
    assert compiled.count('<span class="icon icon-copy" aria-hidden="true"></span>') == 1


@pytest.mark.parametrize(
    ("stats", "line"),
    [
        ({}, ""),
        ({"duration_ms": 12_400}, "12 s"),
        ({"duration_ms": 125_000, "output_tokens": 1200}, "2 min 5 s · 1,200 tokens"),
        ({"duration_ms": 60_000}, "1 min"),
        ({"output_tokens": 1}, "1 token"),
    ],
)
def test_the_stats_line_has_duration_and_tokens(stats: Stats, line: str) -> None:
    assert stats_line(stats) == line


@pytest.mark.parametrize(
    ("read", "written", "cost"),
    [
        (2_000, 300, "$0.0055"),
        (0, 0, "$0.0000"),
        (3, 0, "less than $0.0001"),
        (1_000_000, 100_000, "$2.2500"),
        (10_000_000, 0, "$12.5000"),
    ],
)
def test_the_stats_line_has_what_the_tokens_cost(read: int, written: int, cost: str) -> None:
    stats: Stats = {"duration_ms": 1000, "input_tokens": read, "output_tokens": written}
    price = Price(read=12_500, written=100_000)
    assert stats_line(stats, price) == f"{stats_line(stats)} · {cost}"
    for unknown in ("input_tokens", "output_tokens"):
        some: Stats = {name: value for name, value in stats.items() if name != unknown}  # type: ignore[assignment]
        assert "$" not in stats_line(some, price)


def test_the_thinking_title_says_how_long_it_took() -> None:
    assert thinking_title({}, True) == "Thinking"
    assert thinking_title({"thought_ms": 300}, True) == "Thinking for 1 s"
    assert thinking_title({"thought_ms": 12_000}, False) == "Thought for 12 s"


def test_javascript_formats_durations_in_the_same_words() -> None:
    printed = subprocess.run(
        ["node", "--input-type=module", "-e", IN_JAVASCRIPT],
        cwd=ROOT,
        input=json.dumps([STATS, COSTS]),
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    expected = [[stats_line(s), thinking_title(s, True), thinking_title(s, False)] for s in STATS]
    assert json.loads(printed) == [expected, [stats_line(s, price) for s, price in COSTS]]


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (1, "1 byte"),
        (999, "999 bytes"),
        (1000, "1 kB"),
        (34_499, "34 kB"),
        (1_000_000, "1.0 MB"),
        (5_649_999, "5.6 MB"),
    ],
)
def test_a_size_is_in_words(size: int, words: str) -> None:
    assert file_size(size) == words
    assert file_about({"kind": "pdf", "size": size}) == f"PDF, {words}"
    assert file_about({"kind": "of the future", "size": size}) == f"File, {words}"
