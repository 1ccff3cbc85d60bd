"""A snippet is cut between characters."""

from __future__ import annotations

import pytest

from app.models.marking import CUT, LEAD, SNIPPET_LENGTH, snippet

FAMILY = "👩‍👩‍👧‍👦"


@pytest.mark.parametrize("shift", range(len(FAMILY)))
def test_a_snippet_begins_and_ends_with_a_whole_character(shift: int) -> None:
    text = "x" * shift + FAMILY * LEAD + "here" + FAMILY * SNIPPET_LENGTH

    parts = snippet(text, ["here"], is_beginning=True)

    shown = "".join(part.text for part in parts)
    assert "here" in shown and len(shown) <= SNIPPET_LENGTH + len(FAMILY) + 2
    assert shown.startswith(CUT) and shown.endswith(CUT)
    assert set(shown.strip(CUT).replace("here", "").split(FAMILY)) == {""}
