"""The order in which several processes of pytest-xdist run the tests."""

from __future__ import annotations

from itertools import groupby

import pytest


def slow_files_first(items: list[pytest.Item], processes: int) -> list[pytest.Item]:
    """Return them so that each process begins with some of the files that have `slow` tests.

    Each gets an equal share in this order, and takes from others what they have not begun. A slow
    test that begins last runs alone, while the processor has nothing else to do.
    """
    files = [list(each) for _, each in groupby(items, key=lambda item: item.path)]
    slow = [file for file in files if any(item.get_closest_marker("slow") for item in file)]
    others = [item for file in files if file not in slow for item in file]
    ordered: list[pytest.Item] = []
    for number in range(processes):
        first = [item for file in slow[number::processes] for item in file]
        rest = max(0, len(items) // processes - len(first))
        ordered += first + others[:rest]
        del others[:rest]
    return ordered + others
