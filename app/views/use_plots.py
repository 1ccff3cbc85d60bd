"""The use of models as plots and tables: by day, and by month."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from app.models.model_use import Sums, today
from app.views.dates import day_of_year, short_month

DAYS, MONTHS = 30, 12
WIDTH, HEIGHT = 600, 120  # of a plot, in its own units


class Bar(NamedTuple):
    """A day or a month, and its place in the plot."""

    label: str
    sums: Sums
    x: float
    width: float
    height: float

    @property
    def pair(self) -> tuple[str, Sums]:
        """Return its row in a table."""
        return self.label, self.sums


class Plot(NamedTuple):
    """Bars as high as what they cost, or as their tokens where nothing has a price."""

    title: str
    is_cost: bool
    most: int
    bars: Sequence[Bar]


def plots_of(days: Mapping[date, Sums]) -> list[Plot]:
    """Return a plot of the last days, and one of the last months."""
    last_days = [today() - timedelta(days=back) for back in reversed(range(DAYS))]
    by_day = [(day_of_year(day), days.get(day, Sums())) for day in last_days]
    by_month = [(short_month(month), _month(days, month)) for month in _last_months()]
    return [_plot(f"The last {DAYS} days", by_day), _plot(f"The last {MONTHS} months", by_month)]


def added(sums: Sequence[Sums]) -> Sums:
    """Return several sums as one."""
    return Sums(*map(sum, zip(*sums, strict=True))) if sums else Sums()


def _last_months() -> list[date]:
    months = [today().replace(day=1)]
    while len(months) < MONTHS:
        months.insert(0, (months[0] - timedelta(days=1)).replace(day=1))
    return months


def _month(days: Mapping[date, Sums], month: date) -> Sums:
    return added([sums for day, sums in days.items() if day.replace(day=1) == month])


def _plot(title: str, values: Sequence[tuple[str, Sums]]) -> Plot:
    is_cost = any(sums.cost for _, sums in values)
    amounts = [sums.cost if is_cost else sums.tokens for _, sums in values]
    most, step = max(amounts), WIDTH / len(values)
    bars = [
        Bar(label, sums, round(step * at, 1), round(step * 0.8, 1), _height(amounts[at], most))
        for at, (label, sums) in enumerate(values)
    ]
    return Plot(title, is_cost, most, bars)


def _height(amount: int, most: int) -> float:
    """Return how high a bar is; of what is not nothing, at least as much as can be seen."""
    return max(1.0, round(HEIGHT * amount / most, 1)) if amount else 0.0
