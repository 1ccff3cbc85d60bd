"""Where a page is to go on from is a link's own word, or it is refused."""

from __future__ import annotations

import pytest

from tests.support.browser import Browser

TOO_LARGE = "9" * 24


@pytest.mark.parametrize("cursor", ["yesterday", f"2026-01-01T00:00:00%2B00:00~{TOO_LARGE}"])
def test_a_cursor_that_is_not_ours_is_refused(olive: Browser, cursor: str) -> None:
    assert olive.open(f"/conversations?before={cursor}").status_code == 400


@pytest.mark.parametrize("position", [TOO_LARGE, str(2**53), "-1"])
def test_so_is_a_position_that_no_message_can_have(
    conversation: str, olive: Browser, position: str
) -> None:
    page = olive.open(f"/conversations/{conversation}?before={position}")
    assert page.status_code == 400
    assert "before: " in page.text
    assert olive.open(f"/conversations/{conversation}?before={2**53 - 1}").status_code == 200
