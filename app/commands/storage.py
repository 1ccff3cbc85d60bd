"""`flask storage`: what the database holds."""

from __future__ import annotations

import click

from app.commands.group import CommandGroup
from app.models.storage import measure


@click.group(cls=CommandGroup)
def storage() -> None:
    """Report how much the database holds."""


@storage.command("show")
def show() -> None:
    """Print a line for each kind: what, rows, bytes; the largest first, and the whole last."""
    found = measure()
    for stored in found.kinds:
        click.echo("\t".join((stored.name, _number(stored.rows), _number(stored.size))))
    click.echo(f"All\t\t{_number(found.size)}")


def _number(count: int | None) -> str:
    return "?" if count is None else str(count)
