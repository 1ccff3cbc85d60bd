"""`flask members`: who takes part in a conversation."""

from __future__ import annotations

import click

from app.commands.arguments import EMAIL
from app.commands.group import CommandGroup
from app.commands.lookups import conversation_with, user_with
from app.database import write


@click.group(cls=CommandGroup)
def members() -> None:
    """Say who takes part in a conversation."""


@members.command("add")
@click.argument("conversation")
@click.argument("email", type=EMAIL)
def add_member(conversation: str, email: str) -> None:
    """Let somebody read and write in a conversation."""
    news = write(lambda: _add(conversation, email))
    click.echo(f"{email} is a member now." if news else f"{email} is a member already.")


@members.command("remove")
@click.argument("conversation")
@click.argument("email", type=EMAIL)
def remove_member(conversation: str, email: str) -> None:
    """Shut somebody out of a conversation, at once and wherever they read it."""
    news = write(lambda: _remove(conversation, email))
    click.echo(f"{email} is no longer a member." if news else f"{email} is not a member.")


def _add(public_id: str, email: str) -> bool:
    conversation, user = conversation_with(public_id), user_with(email)
    if conversation.has_member(user.id):
        return False
    conversation.add_member(user.id)
    return True


def _remove(public_id: str, email: str) -> bool:
    conversation, user = conversation_with(public_id), user_with(email)
    if not conversation.has_member(user.id):
        return False
    conversation.remove_member(user.id)
    return True
