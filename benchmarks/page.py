"""Puts what a benchmark has measured into the documentation."""

from __future__ import annotations

from tests.support.server import ROOT

PAGE = ROOT / "docs" / "performance.md"
IMAGES = ROOT / "docs" / "images"


def write_part(name: str, text: str) -> None:
    """Replace what stands between `<!-- NAME -->` and `<!-- end of NAME -->`."""
    beginning, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
    before, found, rest = PAGE.read_text("utf-8").partition(beginning)
    _, also_found, after = rest.partition(end)
    assert found and also_found, f"the page has no {beginning}"
    PAGE.write_text(f"{before}{beginning}\n\n{text}\n{end}{after}", "utf-8")
