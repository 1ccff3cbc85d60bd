"""`flask answers`: the answers that are being written, in all processes."""

from __future__ import annotations

import click

from app.commands.group import CommandGroup
from app.database import write
from app.models.running import Running, running, stop_as_admin
from app.providers.tokens import estimate_of_bytes


@click.group(cls=CommandGroup)
def answers() -> None:
    """List the answers that are being written, and stop one."""


@answers.command("list")
def list_answers() -> None:
    """Print a line for each: id, conversation, model, who has asked, since when, tokens so far,
    process."""
    for answer in running():
        click.echo("\t".join(_row(answer)))


@answers.command("stop")
@click.argument("answer")
def stop_answer(answer: str) -> None:
    """Stop an answer; its text so far stays."""
    write(lambda: stop_as_admin(answer))
    click.echo(f"Answer {answer} is stopped.")


def _row(answer: Running) -> tuple[str, ...]:
    tokens = "?" if answer.size is None else str(estimate_of_bytes(answer.size))
    since = f"{answer.since:%Y-%m-%d %H:%M:%S}"
    about = (answer.id, answer.conversation, answer.model, answer.asked_by or "-")
    return *about, since, f"{tokens} tokens", answer.process or "just begun"
