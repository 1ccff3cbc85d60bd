"""`flask push`: the key with which the server signs what it pushes to browsers."""

from __future__ import annotations

import click

from app.commands.group import CommandGroup
from app.config import new_key


@click.group(cls=CommandGroup)
def push() -> None:
    """Set up Web Push."""


@push.command("keys")
def make_keys() -> None:
    """Print settings with a new key. With another key than before, every device has to be set up
    again."""
    click.echo(f"VAPID_PRIVATE_KEY={new_key()}")
    click.echo("VAPID_SUBJECT=mailto:you@example.org  # whom push services can turn to")
