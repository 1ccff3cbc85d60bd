"""`flask backup` and `flask restore`: all that the database holds, out of it and back into it."""

from __future__ import annotations

import os
from pathlib import Path

import click
from flask.cli import with_appcontext

from app import backups
from app.commands.group import Command
from app.commands.new_file import new_file
from app.database import release
from app.extensions import db
from app.migrating import newest_migration


@click.command("backup", cls=Command)
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@with_appcontext
def backup(file: Path) -> None:
    """Write all that the database holds into a new file, which only you can read. Servers may run
    meanwhile."""
    release()
    with new_file(file) as written:
        backups.back_up(db.engine, file)
        os.fsync(written.fileno())
    click.echo(f"{file} has all that the database holds: {file.stat().st_size:,} bytes.")


@click.command("restore", cls=Command)
@click.option("--replace", is_flag=True, help="Drop all tables that the database has.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@with_appcontext
def restore(file: Path, replace: bool) -> None:
    """Make the database what it was when a backup was made. No server may run meanwhile."""
    release()
    version = backups.restore(db.engine, file, replaces=replace)
    click.echo(f"The database is what it was when {file} was made.")
    if version != newest_migration():
        click.echo("It is of an earlier version. Run `flask db upgrade`.")
