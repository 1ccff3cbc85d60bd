"""`flask storage`: what the database holds."""

from __future__ import annotations

import click

from app.commands.group import CommandGroup
from app.files.stores import current_stores
from app.models.storage import measure


@click.group(cls=CommandGroup)
def storage() -> None:
    """Report how much the database holds."""


@storage.command("show")
def show() -> None:
    """Print a line for each kind: what, rows, bytes; the largest first, and the whole after them.
    Then the contents of files by their stores: where, how many, bytes; and where new ones go."""
    found, stores = measure(), current_stores()
    for stored in found.kinds:
        click.echo("\t".join((stored.name, _number(stored.rows), _number(stored.size))))
    click.echo(f"All\t\t{_number(found.size)}")
    for stock in found.files:
        click.echo(f"Files in {stores.place_of(stock.store)}\t{stock.files}\t{stock.size}")
    click.echo(f"New files go to\t{stores.place_of(stores.for_new.name)}")


def _number(count: int | None) -> str:
    return "?" if count is None else str(count)
