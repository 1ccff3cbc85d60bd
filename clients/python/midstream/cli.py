"""The command `midstream`."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from midstream import files, settings
from midstream.access import Access, Refused
from midstream.connection import Connection
from midstream.exit_codes import Exit, exits, print_error
from midstream.output import Output
from midstream.printers import safe
from midstream.question import Question

as_json_option = click.option(
    "--json", "as_json", is_flag=True, help="Print JSON, one object a line."
)


@click.group()
@click.version_option(package_name="midstream")
def main() -> None:
    """Follow Midstream conversations, and ask questions in them.

    Exit codes: 0 complete; 1 an answer ended otherwise; 2 wrong usage; 3 not signed in;
    4 not found; 5 the server can't be reached; 6 refused; 130 interrupted.
    """


@main.command()
@click.argument("url")
@exits
def login(url: str) -> Exit:
    """Store a server's address and an API token, from a prompt or from a pipe."""
    if sys.stdin.isatty():
        token = click.prompt("API token", hide_input=True, err=True)
    else:
        token = sys.stdin.readline().strip()
    if not token:
        raise click.UsageError("There is no token.")
    access = Access(url, token)
    Connection(access).open().close()
    settings.store(access)
    click.echo(f"Signed in at {access.url}.", err=True)
    return Exit.COMPLETE


@main.command("list")
@as_json_option
@exits
def list_conversations(as_json: bool) -> Exit:
    """List your conversations, most recent first."""
    connection = Connection(_access()).open()
    try:
        _print_list(_pages(connection), as_json)
    finally:
        connection.close()
    return Exit.COMPLETE


@main.command()
@click.argument("conversation")
@as_json_option
@exits
def read(conversation: str, as_json: bool) -> Exit:
    """Print the last page of CONVERSATION, an id or an address, and follow an answer to its end."""
    return Output(_access(), _id(conversation), as_json, None).run()


@main.command()
@click.argument("conversation")
@click.argument("question", required=False)
@click.option("--file", "file_ids", metavar="ID", multiple=True, help="Send a file, by its id.")
@as_json_option
@exits
def ask(conversation: str, question: str | None, file_ids: Sequence[str], as_json: bool) -> Exit:
    """Ask QUESTION, or what standard input contains, and print the answer as it is written."""
    if question is None or question == "-":
        question = sys.stdin.buffer.read().decode("utf-8", "replace")
    if not question.strip() and not file_ids:
        raise click.UsageError("There is no question.")
    asked = Question(question, file_ids)
    return Output(_access(), _id(conversation), as_json, asked).run()


@main.command()
@click.argument("conversation")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@exits
def upload(conversation: str, paths: Sequence[Path]) -> Exit:
    """Upload files to CONVERSATION, and print the id of each, for `ask --file`."""
    access = _access()
    for path in paths:
        try:
            click.echo(files.upload(access, _id(conversation), path))
        except OSError:
            print_error(f"{path} can't be read.")
            return Exit.USAGE
    return Exit.COMPLETE


def _access() -> Access:
    access = settings.load()
    if access is None:
        raise Refused("unauthorized", "Not signed in; `midstream login URL` does that.")
    return access


def _id(conversation: str) -> str:
    return conversation.rstrip("/").rpartition("/")[2]


def _pages(connection: Connection) -> Iterator[dict[str, Any]]:
    page_token: dict[str, Any] = {}
    while True:
        page = connection.ask("conversations", page_token)
        yield from page["conversations"]
        if "next" not in page:
            return
        page_token = {"before": page["next"]}


def _print_list(conversations: Iterator[dict[str, Any]], as_json: bool) -> None:
    console = Console(highlight=False, markup=False)
    if console.is_terminal and not as_json:
        table = Table("conversation", "title", "latest", box=None, header_style="dim")
        for each in conversations:
            table.add_row(each["conversation"], safe(each["title"]), each["updated_at"][:16])
        return console.print(table)
    for each in conversations:
        click.echo(json.dumps(each, ensure_ascii=False) if as_json else _line(each))


def _line(conversation: dict[str, Any]) -> str:
    return f"{conversation['conversation']}\t{safe(conversation['title'])}"
