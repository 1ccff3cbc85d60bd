"""`flask export` and `flask import`: all conversations of a person, out of a server and into it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import click
from flask.cli import with_appcontext

from app.commands.arguments import EMAIL, get_user
from app.commands.group import Command, CommandError
from app.commands.new_file import new_file
from app.database import read
from app.exporting.archive import write_archive
from app.exporting.conversation import FORMATS
from app.exporting.files import MANIFEST
from app.importing.run import Report, run
from app.importing.values import Unusable
from app.jobs.running import importer_for
from app.models.columns import new_public_id
from app.rendering.renderer import current_renderer

user_option = click.option("--user", "email", required=True, type=EMAIL, help="Whose they are.")
DONE = {
    "added": "new",
    "extended": "continued",
    "unchanged": "here already",
}


@click.command("export", cls=Command)
@user_option
@click.option("--format", "form", type=click.Choice(list(FORMATS)), default="json")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@with_appcontext
def export(email: str, form: str, file: Path) -> None:
    """Write all conversations that a user can read into a new zip file, which only you can read."""
    user_id = read(lambda: get_user(email).id)
    with new_file(file) as output:
        written = write_archive(user_id, FORMATS[form], output, _show)
    click.echo(f"{written.conversations:,} conversations are in {file}.")
    if written.files:
        click.echo(f"{written.files:,} files are beside them.")
    if written.left_out:
        click.echo(f"{written.left_out:,} files were left out; {MANIFEST} in it says why.")


@click.command("import", cls=Command)
@user_option
@click.option("--preview", is_flag=True, help="Only say what would be done.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@with_appcontext
def import_(email: str, preview: bool, file: Path) -> None:
    """Import conversations for a user: from ChatGPT, Claude, Open WebUI, LibreChat or Midstream;
    JSON, or a zip file with it. Doing it twice changes nothing."""
    user_id = read(lambda: get_user(email).id)
    importer = importer_for(user_id, new_public_id(), lambda: None)
    current_renderer().start()
    try:
        with file.open("rb") as source:
            report = run(source, importer, lambda done: _show(done, 0), is_preview=preview)
    except Unusable as unusable:
        raise CommandError(str(unusable)) from None
    finally:
        current_renderer().stop()
    for row in _rows(report):
        click.echo("\t".join(row))


def _rows(report: Report) -> Iterator[tuple[str, ...]]:
    """Yield the lines of a report: what, how many; then what was skipped, and why."""
    yield "from", ", ".join(report.formats) or "nothing that is known"
    for outcome, what in DONE.items():
        yield what, f"{report.outcomes[outcome]:,}"
    yield "messages", f"{report.messages:,}"
    yield "files", f"{report.files:,}"
    yield "skipped", f"{report.skipped_count:,}"
    for what, count in report.notes.items():
        yield "not kept", f"{count:,} {what}"
    for title, why in report.skipped:
        yield "skipped", title, why
    if report.broken:
        yield "broken", report.broken


def _show(done: int, total: int) -> None:
    """Show how far it is, to somebody who looks."""
    if sys.stderr.isatty():
        of_total = f" of {total:,}" if total else ""
        click.echo(f"\r{done:,}{of_total} conversations", nl=False, err=True)
