"""The page that is live says in the same words how long something took."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from app.models.stats import Stats
from app.views.durations import stats_line, thoughts_title

ROOT = Path(__file__).parents[2]
MOMENTS = [0, 1, 499, 500, 1499, 1500, 2500, 59_499, 59_500, 60_000, 61_500, 3_599_600, 9_000_000]
STATS: list[Stats] = [
    {},
    {"output_tokens": 0},
    {"output_tokens": 1},
    {"duration_ms": 8200, "output_tokens": 1_234_567, "input_tokens": 4, "thought_ms": 3},
    *[{"duration_ms": ms, "thought_ms": ms} for ms in MOMENTS],
]
SAY_ALL = """
import { readFileSync } from "node:fs";
import { statsLine, thinkingTitle } from "./app/static/js/durations.js";
const all = JSON.parse(readFileSync(0, "utf8"));
const titles = ({ thought_ms }) => [true, false].map((is) => thinkingTitle(is, thought_ms));
console.log(JSON.stringify(all.map((stats) => [statsLine(stats), ...titles(stats)])));
"""


def test_the_browser_says_the_same() -> None:
    said = subprocess.run(
        ["node", "--input-type=module", "-e", SAY_ALL],
        cwd=ROOT,
        input=json.dumps(STATS),
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    ours = [[stats_line(s), thoughts_title(s, True), thoughts_title(s, False)] for s in STATS]
    assert json.loads(said) == ours


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
def test_what_an_answer_took(stats: Stats, line: str) -> None:
    assert stats_line(stats) == line


def test_what_the_thoughts_are_headed_with() -> None:
    assert thoughts_title({}, True) == "Thinking"
    assert thoughts_title({"thought_ms": 300}, True) == "Thinking for 1 s"
    assert thoughts_title({"thought_ms": 12_000}, False) == "Thought for 12 s"
