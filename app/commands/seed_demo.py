"""`flask seed demo`: something to look at, the same every time."""

from __future__ import annotations

import click

from app.commands.group import Refused
from app.config import current_config
from app.demo.filling import fill, say_how_to_sign_in

KNOWN_PASSWORD = "In production anybody could sign in to the demo: add --yes if you mean it."


@click.command("demo")
@click.option("--size", type=click.IntRange(0), help="How many messages in all.")
@click.option("--seed", default=1, show_default=True, help="Another seed, other conversations.")
@click.option("--yes", is_flag=True, help="In production, too.")
def seed_demo(size: int | None, seed: int, yes: bool) -> None:
    """Make people, and conversations with finished answers; say how to sign in."""
    if current_config().production and not yes:
        raise Refused(KNOWN_PASSWORD)
    fill(size, seed)
    say_how_to_sign_in()
