"""`flask members`: add members to a conversation and remove them."""

from __future__ import annotations

import click

from app.commands.arguments import EMAIL, get_conversation, get_user
from app.commands.group import CommandGroup
from app.database import write


@click.group(cls=CommandGroup)
def members() -> None:
    """Add and remove the members of a conversation."""


@members.command("add")
@click.argument("conversation")
@click.argument("email", type=EMAIL)
def add_member(conversation: str, email: str) -> None:
    """Let a user read and write in a conversation."""
    changed = write(lambda: _add(conversation, email))
    click.echo(f"{email} is now a member." if changed else f"{email} is already a member.")


@members.command("remove")
@click.argument("conversation")
@click.argument("email", type=EMAIL)
def remove_member(conversation: str, email: str) -> None:
    """Remove a user from a conversation, with immediate effect on open pages and programs."""
    changed = write(lambda: _remove(conversation, email))
    click.echo(f"{email} is no longer a member." if changed else f"{email} is not a member.")


def _add(public_id: str, email: str) -> bool:
    conversation, user = get_conversation(public_id), get_user(email)
    if conversation.has_member(user.id):
        return False
    conversation.add_member(user.id)
    return True


def _remove(public_id: str, email: str) -> bool:
    conversation, user = get_conversation(public_id), get_user(email)
    if not conversation.has_member(user.id):
        return False
    conversation.remove_member(user.id)
    return True
