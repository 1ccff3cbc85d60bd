"""`flask assistants`: those of all people; their pictures, and to delete one."""

from __future__ import annotations

from pathlib import Path

import click

from app.commands.group import CommandError, CommandGroup
from app.commands.picture_file import change_picture, picture_options
from app.database import read, write
from app.extensions import db
from app.models import Assistant, User
from app.models.avatar import change_assistant_avatar


@click.group(cls=CommandGroup)
def assistants() -> None:
    """List assistants, give them pictures, and delete them."""


@assistants.command("list")
def list_assistants() -> None:
    """List all of them: id, whose, whether it is shared, whether it has a picture, name."""
    for row in read(_rows):
        click.echo("\t".join(row))


@assistants.command("picture")
@click.argument("assistant")
@picture_options
def set_picture(assistant: str, file: Path | None, remove: bool) -> None:
    """Give an assistant, by its id, the picture in a file, or with `--remove` none."""
    read(lambda: _found(assistant))
    change_picture(
        assistant, file, remove, lambda it: change_assistant_avatar(_locked(assistant), it)
    )


@assistants.command("delete")
@click.argument("assistant")
@click.confirmation_option(prompt="This can't be undone. Delete this assistant?")
def delete_assistant(assistant: str) -> None:
    """Delete an assistant, by its id; conversations with it stay as they are."""
    write(lambda: db.session.delete(_locked(assistant)))
    click.echo(f"{assistant} is deleted.")


def _rows() -> list[tuple[str, ...]]:
    found = db.select(Assistant, User.email).join(User, User.id == Assistant.owner_id)
    ordered = db.session.execute(found.order_by(User.email, Assistant.name, Assistant.id))
    return [(each.public_id, email, *_about(each), each.name) for each, email in ordered]


def _about(assistant: Assistant) -> tuple[str, str]:
    shared = "shared" if assistant.shared else "own"
    return shared, "a picture" if assistant.avatar else "no picture"


def _found(public_id: str) -> Assistant:
    where = Assistant.public_id == public_id
    found: Assistant | None = db.session.scalar(db.select(Assistant).where(where))
    if found is None:
        raise CommandError(f"There is no assistant {public_id}.")
    return found


def _locked(public_id: str) -> Assistant:
    return Assistant.lock_own(public_id, _found(public_id).owner_id)
