"""A plot of lines as an SVG, for the documentation; it follows the reader's light or dark theme."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path

WIDTH, HEIGHT = 760, 360
LEFT, RIGHT, TOP, BOTTOM = 80, 190, 20, 50  # margins; the names of the lines are on the right
LINE_HEIGHT = 16
COLORS = ("#1f6feb", "#d1242f", "#bf8700", "#8250df", "#57606a", "#1a7f37")
STYLE = (
    "text{font:13px sans-serif;fill:#24292f}.axis,.grid{stroke:#8c959f}.grid{opacity:.25}"
    "polyline{fill:none;stroke-width:2}"
    "@media(prefers-color-scheme:dark){text{fill:#e6edf3}}"
)

Point = tuple[float, float]


class Plot:
    """Lines with names, against axes that begin with 0."""

    def __init__(self, x_title: str, y_title: str) -> None:
        self._x_title, self._y_title = x_title, y_title
        self._lines: dict[str, Sequence[Point]] = {}

    def add(self, name: str, points: Sequence[Point]) -> None:
        """Add a line."""
        self._lines[name] = points

    def write(self, path: Path) -> None:
        """Write it to a file."""
        path.write_text("\n".join(self._svg()) + "\n", "utf-8")

    def _svg(self) -> Iterator[str]:
        points = [point for line in self._lines.values() for point in line]
        x_step, y_step = (_step(max(values)) for values in zip(*points, strict=True))
        self._x_most = math.ceil(max(x for x, _ in points) / x_step) * x_step
        self._y_most = math.ceil(max(y for _, y in points) / y_step) * y_step
        size = f'viewBox="0 0 {WIDTH} {HEIGHT}"'
        yield f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img">'
        yield f"<title>{escape(self._y_title)} by {escape(self._x_title)}</title>"
        yield f"<style>{STYLE}</style>"
        yield from self._axes(x_step, y_step)
        for color, line in zip(COLORS, self._lines.values(), strict=False):
            path = " ".join(f"{x:.1f},{y:.1f}" for x, y in map(self._place, line))
            yield f'<polyline points="{path}" stroke="{color}"/>'
        yield from self._names()
        yield "</svg>"

    def _axes(self, x_step: float, y_step: float) -> Iterator[str]:
        right, bottom = WIDTH - RIGHT, HEIGHT - BOTTOM
        for number in range(round(self._y_most / y_step) + 1):
            _, y = self._place((0, number * y_step))
            kind = "grid" if number else "axis"
            yield f'<line class="{kind}" x1="{LEFT}" y1="{y:.1f}" x2="{right}" y2="{y:.1f}"/>'
            label = f"{number * y_step:,.0f}"
            yield f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{label}</text>'
        for number in range(round(self._x_most / x_step) + 1):
            x, _ = self._place((number * x_step, 0))
            label = f"{number * x_step:,.0f}"
            yield f'<text x="{x:.1f}" y="{bottom + 18}" text-anchor="middle">{label}</text>'
        middle = (LEFT + right) / 2
        yield f'<text x="{middle}" y="{HEIGHT - 8}" text-anchor="middle">{self._x_title}</text>'
        turned = f'transform="translate(14 {(TOP + bottom) / 2}) rotate(-90)"'
        yield f'<text {turned} text-anchor="middle">{self._y_title}</text>'

    def _names(self) -> Iterator[str]:
        """Write each name beside the end of its line, without touching the next."""
        ends = {name: self._place(line[-1])[1] for name, line in self._lines.items()}
        colors = dict(zip(self._lines, COLORS, strict=False))
        lowest = 0.0
        for name, end in sorted(ends.items(), key=lambda item: item[1]):
            lowest = max(end, lowest + LINE_HEIGHT)
            place = f'x="{WIDTH - RIGHT + 8}" y="{lowest + 4:.1f}"'
            yield f'<text {place} style="fill:{colors[name]}">{escape(name)}</text>'

    def _place(self, point: Point) -> Point:
        x, y = point
        width, height = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
        return LEFT + width * x / self._x_most, HEIGHT - BOTTOM - height * y / self._y_most


def _step(most: float) -> float:
    """Return a round distance between lines of the grid: at least four of them fit."""
    power = 10.0 ** math.floor(math.log10(most))
    return next(power / part for part in (1, 2, 5, 10) if most / (power / part) >= 4)
