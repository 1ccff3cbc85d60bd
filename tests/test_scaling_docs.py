"""docs/scaling.md says what the model in benchmarks/ predicts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.cost_model import FULL, Deployment, memory, parts, processes_needed, processors

SCALING = (Path(__file__).parent.parent / "docs" / "scaling.md").read_text("utf-8")
MILLION = Deployment(readers=1_000_000, answers=10_000, rate=50)


@pytest.mark.parametrize("grouped", [False, True])
def test_a_million_readers(grouped: bool) -> None:
    it = replace(MILLION, grouped=grouped)
    it = replace(it, processes=processes_needed(it))
    column = 2 if grouped else 1
    rows = {
        row[0].strip(): row[column].replace("*", "").strip()
        for line in SCALING.partition("## A million readers")[2].splitlines()
        if len(row := line.strip("| ").split("|")) == 3
    }
    assert f"{round(it.processes, -1 if grouped else -2):,}" == rows["processes"]
    assert rows["their memory"] == f"{round(memory(it) / 1e9, 0 if grouped else -1):.0f} GB"
    shares = dict(parts(it))
    (line,) = [name for name in rows if name.startswith("processors: ")]
    order = ("processes", "commits", "events", "deliveries", "publications", "crossings", "ends")
    assert [float(each.replace(",", "")) for each in rows[line].split(", ")] == [
        round(shares[name]) for name in order
    ]


def test_no_process_has_more_to_do_than_it_may() -> None:
    needed = replace(
        MILLION, grouped=True, processes=processes_needed(replace(MILLION, grouped=True))
    )
    assert processors(needed) / needed.processes <= FULL
    fewer = replace(needed, processes=needed.processes // 2)
    assert processors(fewer) / fewer.processes > FULL


def test_nothing_crosses_where_readers_are_together_or_there_is_one_process() -> None:
    assert replace(MILLION, processes=9, grouped=True).crossings == 0
    assert (MILLION.crossings, MILLION.publications) == (0, 0)
    two = Deployment(readers=2, answers=1, rate=5, processes=2)
    assert two.crossings == pytest.approx(5 * 0.75)
