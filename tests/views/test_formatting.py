"""Dates and durations in the words of a page; the browser uses the same for durations."""

from __future__ import annotations

import json
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.models.stats import Stats
from app.views import formatting
from app.views.formatting import stats_line, thinking_title

ROOT = Path(__file__).parents[2]
TIMES_MS = [0, 1, 499, 500, 1499, 1500, 2500, 59_499, 59_500, 60_000, 61_500, 3_599_600, 9_000_000]
STATS: list[Stats] = [
    {},
    {"output_tokens": 0},
    {"output_tokens": 1},
    {"duration_ms": 8200, "output_tokens": 1_234_567, "input_tokens": 4, "thought_ms": 3},
    *[{"duration_ms": ms, "thought_ms": ms} for ms in TIMES_MS],
]
IN_JAVASCRIPT = """
import { readFileSync } from "node:fs";
import { statsLine, thinkingTitle } from "./app/static/js/durations.js";
const all = JSON.parse(readFileSync(0, "utf8"));
const titles = ({ thought_ms }) => [true, false].map((is) => thinkingTitle(is, thought_ms));
console.log(JSON.stringify(all.map((stats) => [statsLine(stats), ...titles(stats)])));
"""


@pytest.mark.parametrize(
    ("at", "short"),
    [
        (datetime(2026, 3, 8, 0, 5, tzinfo=UTC), "00:05 UTC"),
        (datetime(2026, 3, 7, 23, 55, tzinfo=UTC), "7 Mar, 23:55 UTC"),
        (datetime(2025, 12, 31, 23, 59, tzinfo=UTC), "31 Dec 2025"),
    ],
)
def test_a_short_date_leaves_out_what_is_obvious(
    monkeypatch: pytest.MonkeyPatch, at: datetime, short: str
) -> None:
    monkeypatch.setattr(formatting, "now", lambda: datetime(2026, 3, 8, 9, 30, tzinfo=UTC))
    assert formatting.short_date(at) == short
    assert formatting.full_date(at).endswith(at.strftime("%Y, %H:%M UTC"))


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


def test_the_thinking_title_says_how_long_it_took() -> None:
    assert thinking_title({}, True) == "Thinking"
    assert thinking_title({"thought_ms": 300}, True) == "Thinking for 1 s"
    assert thinking_title({"thought_ms": 12_000}, False) == "Thought for 12 s"


def test_javascript_formats_durations_in_the_same_words() -> None:
    printed = subprocess.run(
        ["node", "--input-type=module", "-e", IN_JAVASCRIPT],
        cwd=ROOT,
        input=json.dumps(STATS),
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    expected = [[stats_line(s), thinking_title(s, True), thinking_title(s, False)] for s in STATS]
    assert json.loads(printed) == expected
