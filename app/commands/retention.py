"""`flask retention`: after how long conversations go by themselves."""

from __future__ import annotations

import click

from app.commands.group import CommandGroup
from app.database import read, write
from app.models.retention import LEAST_DAYS, MOST_DAYS, Retention, trial

DAYS = click.IntRange(LEAST_DAYS, MOST_DAYS)
also_pinned = click.option("--also-pinned", is_flag=True, help="Let pinned ones go, too.")


@click.group(cls=CommandGroup)
def retention() -> None:
    """Say after how many days without a message conversations are deleted."""


@retention.command("show")
def show() -> None:
    """Print what is set."""
    click.echo(read(Retention.read).in_words)


@retention.command("try")
@click.argument("days", type=DAYS)
@also_pinned
def try_out(days: int, also_pinned: bool) -> None:
    """Print what would go after so many days; nothing is changed."""
    found = trial(Retention(days, not also_pinned))
    oldest = f", the oldest of {found.oldest:%Y-%m-%d}" if found.oldest else ""
    click.echo(f"{found.conversations} conversations, {found.messages} messages{oldest}")


@retention.command("set")
@click.argument("days", type=DAYS)
@also_pinned
def set_days(days: int, also_pinned: bool) -> None:
    """Let conversations go after so many days. Try it first."""
    write(Retention(days, not also_pinned).store)
    click.echo(f"Conversations go after {days} days.")


@retention.command("off")
def turn_off() -> None:
    """Let none go by itself any more."""
    write(Retention().store)
    click.echo("No conversation goes by itself.")
