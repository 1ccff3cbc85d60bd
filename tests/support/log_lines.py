"""Lines of the log with fields, as tests read them."""

from __future__ import annotations

import pytest


def logged(caplog: pytest.LogCaptureFixture, what: str) -> list[dict[str, object]]:
    """Return the fields of the lines that say what was done: "request", "join", "answer"."""
    found = [record for record in caplog.records if record.getMessage() == what]
    return [{**record.fields} for record in found]  # type: ignore[attr-defined]
