"""`flask share`: the links with which strangers read conversations and answers."""

from __future__ import annotations

from datetime import datetime

import click

from app.commands.arguments import get_conversation
from app.commands.group import CommandError, CommandGroup
from app.database import read, write
from app.events.payloads import FORMER_MEMBER
from app.extensions import db
from app.models import Share
from app.models.share import Made


@click.group(cls=CommandGroup)
def share() -> None:
    """List and revoke the links with which strangers read."""


@share.command("list")
@click.argument("conversation", required=False)
def list_shares(conversation: str | None) -> None:
    """List the links that can be used, of one conversation or of all: number, conversation, what it
    shows, who has made it and when, when it expires, how often it was opened."""
    for row in read(lambda: [_row(made) for made in _made(conversation)]):
        click.echo("\t".join(row))


@share.command("revoke")
@click.argument("number", type=click.IntRange(1, 2**31 - 1))
def revoke_share(number: int) -> None:
    """Revoke the link with this number, and cut its readers off."""
    write(lambda: _revoke(number))
    click.echo(f"Link {number} is revoked.")


def _made(conversation: str | None) -> list[Made]:
    return Share.listed(get_conversation(conversation).id if conversation else None)


def _revoke(number: int) -> None:
    found = db.session.scalar(Share.usable().where(Share.id == number))
    if found is None:
        raise CommandError(f"There is no link {number} that can be used.")
    found.revoke()


def _row(made: Made) -> tuple[str, ...]:
    share = made.share
    return (
        *(str(share.id), made.conversation),
        f"{'one answer' if share.answer_id else 'the conversation'}",
        f"by {made.maker or FORMER_MEMBER}",
        f"made {_minute(share.created_at)}",
        f"expires {_minute(share.expires_at)}" if share.expires_at else "until it is revoked",
        f"opened {share.opened}",
    )


def _minute(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}"
