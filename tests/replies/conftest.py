"""What the tests of answering share."""

from __future__ import annotations

import pytest

from tests.support.stage import Stage


@pytest.fixture
def beats_at_once(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the beat come whenever there is news."""
    monkeypatch.setattr(stage.desk.beat, "ring", stage.desk.beat.flush)
