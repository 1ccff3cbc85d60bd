"""`flask banner`: the banner that is shown to everybody on every page."""

from __future__ import annotations

import click

from app.commands.group import CommandGroup
from app.database import read, write
from app.models.server_banner import BannerKind, ServerBanner
from app.schemas import check
from app.views.server_banner import BannerForm


@click.group(cls=CommandGroup)
def banner() -> None:
    """Show a banner to everybody."""


@banner.command("set")
@click.argument("text")
@click.option("--warning", is_flag=True, help="As a warning, not as information.")
@click.option("--until", default="", help="When it is over, in UTC, like 2026-03-07T18:00.")
def set_banner(text: str, warning: bool, until: str) -> None:
    """Show this text to everybody, instead of another one."""
    kind = BannerKind.WARNING if warning else BannerKind.INFORMATION
    form = check(BannerForm, {"text": text, "kind": kind.value, "until": until})
    write(lambda: ServerBanner.store(form.text, kind, form.until))
    click.echo("Everybody sees the banner now.")


@banner.command("show")
def show() -> None:
    """Print the banner: kind, until when, text."""
    found = read(ServerBanner.read)
    if found and not found.is_over:
        until = f"until {found.until:%Y-%m-%d %H:%M}" if found.until else "until it is removed"
        click.echo(f"{found.kind}\t{until}\t{found.text}")


@banner.command("remove")
def remove() -> None:
    """Show no banner any more."""
    write(ServerBanner.remove)
    click.echo("There is no banner any more.")
