"""`flask log`: the security events, for the operator."""

from __future__ import annotations

import json

import click

from app.commands.arguments import EMAIL
from app.commands.group import CommandGroup
from app.events.payloads import rfc3339
from app.models import audit
from app.models.audit import Filter, Kind, Recorded


@click.group(cls=CommandGroup)
def log() -> None:
    """Print the log of security events."""


@log.command("list")
@click.option("--person", type=EMAIL, default=None, help="Who has done it, or to whom.")
@click.option("--kind", type=click.Choice([each.value for each in Kind]), default=None)
@click.option("--json", "as_json", is_flag=True, help="Print JSON, one event in each line.")
def list_events(person: str | None, kind: str | None, as_json: bool) -> None:
    """Print the events, the newest first: time, kind, who, on whom, about it, address."""
    for event in audit.all_of(Filter(person or "", kind or "")):
        click.echo(_json(event) if as_json else "\t".join(_texts(event)))


def _json(event: Recorded) -> str:
    about = event._asdict() | {"created_at": rfc3339(event.created_at)}
    del about["id"]
    return json.dumps(about, ensure_ascii=False)


def _texts(event: Recorded) -> tuple[str, ...]:
    at = f"{event.created_at:%Y-%m-%d %H:%M:%S}"
    return at, event.kind, event.actor, event.about, event.detail, event.address
