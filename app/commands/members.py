"""`flask members`: the members of a conversation, and what each may do."""

from __future__ import annotations

from collections.abc import Iterator

import click

from app.commands.arguments import EMAIL, get_conversation, get_user
from app.commands.group import CommandError, CommandGroup
from app.database import read, write
from app.extensions import db
from app.models import Conversation, User
from app.models.conversation import Asking
from app.models.rights import MemberRole
from app.models.user import members_of

ASKING = click.Choice([each.value for each in Asking])
ASKS = {
    Asking.EVERY: "Every message asks a model.",
    Asking.MENTIONS: "Only messages that mention a model ask one.",
}
ROLE = click.Choice([MemberRole.MEMBER.value, MemberRole.READER.value])


@click.group(cls=CommandGroup)
def members() -> None:
    """List, add and remove the members of a conversation, and say what each may do, and which
    messages ask a model."""


@members.command("list")
@click.argument("conversation")
def list_members(conversation: str) -> None:
    """List the members: role, address, name; the owner first."""
    for row in read(lambda: list(_rows(get_conversation(conversation)))):
        click.echo("\t".join(row))


@members.command("add")
@click.argument("conversation")
@click.argument("email", type=EMAIL)
@click.option("--role", type=ROLE, default=MemberRole.MEMBER.value, show_default=True)
def add_member(conversation: str, email: str, role: str) -> None:
    """Let a user read and write in a conversation, or with `--role reader` only read."""
    changed = write(lambda: _add(conversation, email, MemberRole(role)))
    click.echo(f"{email} is now a {role}." if changed else f"{email} is already a member.")


@members.command("role")
@click.argument("conversation")
@click.argument("email", type=EMAIL)
@click.argument("role", type=ROLE)
def change_role(conversation: str, email: str, role: str) -> None:
    """Let a member write, or only read."""
    write(lambda: _member(conversation, email).change_role(get_user(email).id, MemberRole(role)))
    click.echo(f"{email} is now a {role}.")


@members.command("owner")
@click.argument("conversation")
@click.argument("email", type=EMAIL)
def hand_over(conversation: str, email: str) -> None:
    """Make a member the owner; whoever owned the conversation stays a member."""
    write(lambda: _member(conversation, email).hand_over(get_user(email).id))
    click.echo(f"{email} is now the owner.")


@members.command("remove")
@click.argument("conversation")
@click.argument("email", type=EMAIL)
def remove_member(conversation: str, email: str) -> None:
    """Remove a user from a conversation, with immediate effect on open pages and programs."""
    changed = write(lambda: _remove(conversation, email))
    click.echo(f"{email} is no longer a member." if changed else f"{email} is not a member.")


@members.command("asking")
@click.argument("conversation")
@click.argument("asking", type=ASKING)
def set_asking(conversation: str, asking: str) -> None:
    """Say which messages ask a model: every one, or only those with mentions of one."""
    write(lambda: get_conversation(conversation).lock().set_asking(Asking(asking)))
    click.echo(ASKS[Asking(asking)])


def _rows(conversation: Conversation) -> Iterator[tuple[str, str, str]]:
    for member in members_of([conversation.id])[conversation.id]:
        yield member.role, db.session.get_one(User, member.id).email, member.name


def _add(public_id: str, email: str, role: MemberRole) -> bool:
    conversation, user = get_conversation(public_id).lock(), get_user(email)
    if conversation.has_member(user.id):
        return False
    conversation.add_member(user.id, role)
    return True


def _remove(public_id: str, email: str) -> bool:
    conversation, user = get_conversation(public_id).lock(), get_user(email)
    if not conversation.has_member(user.id):
        return False
    conversation.remove_member(user.id)
    return True


def _member(public_id: str, email: str) -> Conversation:
    """Return a conversation of which this user is a member; CommandError if it is not."""
    conversation = get_conversation(public_id).lock()
    if not conversation.has_member(get_user(email).id):
        raise CommandError(f"{email} is not a member.")
    return conversation
