"""The picture that a command gives to somebody, or takes away."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from app.commands.group import CommandError
from app.database import write
from app.files.uploading import avatar

FILE_OR_REMOVE = "Give the file of a picture, or --remove."

Command = TypeVar("Command", bound=Callable[..., Any])


def picture_options(command: Command) -> Command:
    """Add the argument `file`, and `--remove`."""
    path = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)
    remove = click.option("--remove", is_flag=True, help="Take it away instead.")
    return remove(click.argument("file", required=False, type=path)(command))


def change_picture(
    whose: str, file: Path | None, remove: bool, change: Callable[[bytes | None], None]
) -> None:
    """Have `change` store the picture in a file, as a small square, or with `remove` none, and say
    so. Raises DomainError where it is none."""
    if (file is None) is not remove:
        raise CommandError(FILE_OR_REMOVE)
    picture = _picture_in(file) if file else None
    write(lambda: change(picture))
    click.echo(f"{whose} has {'no picture' if remove else 'another picture'} now.")


def _picture_in(file: Path) -> bytes:
    with file.open("rb") as content:
        return avatar(file.name, content.read)
