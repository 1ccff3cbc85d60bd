"""All screenshots on one sheet: a row for each state, with all themes and widths."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

ROW, GAP, LABEL = 240, 12, 20  # heights, in pixels
HEIGHT = LABEL + ROW + GAP
COLUMNS = 3  # of states: one column would be higher than a WebP may be, 16,383 pixels
BACKGROUND, INK = "#8fa3ab", "#10222b"
LARGEST_BYTES = 2_000_000


def write_contact_sheet(folder: Path, variants: Sequence[tuple[str, int]], path: Path) -> None:
    """Write the screenshots of a folder, `NAME-THEME-WIDTH.png`, as one WebP."""
    theme, width = variants[0]
    names = sorted(
        each.name.removesuffix(f"-{theme}-{width}.png") for each in _all(folder, theme, width)
    )
    rows = [[_thumbnail(folder, name, *variant) for variant in variants] for name in names]
    width = sum(image.width + GAP for image in rows[0])
    in_a_column = ceil(len(rows) / COLUMNS)
    sheet = Image.new("RGB", (GAP + width * COLUMNS, GAP + HEIGHT * in_a_column), BACKGROUND)
    for number, (name, images) in enumerate(zip(names, rows, strict=True)):
        column, row = divmod(number, in_a_column)
        _paste_row(sheet, (GAP + width * column, HEIGHT * row), name, images)
    sheet.save(path, quality=75)
    assert path.stat().st_size < LARGEST_BYTES, f"{path} is too large"


def _all(folder: Path, theme: str, width: int) -> list[Path]:
    return list(folder.glob(f"*-{theme}-{width}.png"))


def _thumbnail(folder: Path, name: str, theme: str, width: int) -> Image.Image:
    image = Image.open(folder / f"{name}-{theme}-{width}.png").convert("RGB")
    return image.resize((round(image.width * ROW / image.height), ROW), Image.Resampling.LANCZOS)


def _paste_row(
    sheet: Image.Image, corner: tuple[int, int], name: str, images: list[Image.Image]
) -> None:
    draw, (left, top) = ImageDraw.Draw(sheet), corner
    draw.text((left, top + GAP), name.replace("-", " "), INK, ImageFont.load_default(14))
    for image in images:
        sheet.paste(image, (left, top + GAP + LABEL))
        left += image.width + GAP
