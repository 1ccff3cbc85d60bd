"""How the lines are counted that a process runs which a test starts, where any are counted.

It inherits what bin/test has said for its own: that there are threads. To tell greenlets apart as
well takes as long as all else in counting, so that is said only where there are some.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
INHERITED = "COVERAGE_PROCESS_CONFIG"


def counting_greenlets(env: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a process that has greenlets."""
    if INHERITED not in env:
        return dict(env)
    own = {name: value for name, value in env.items() if name != INHERITED}
    settings = str(ROOT / "pyproject.toml")
    return own | {"COVERAGE_PROCESS_START": settings, "COVERAGE_CONCURRENCY": "greenlet"}
