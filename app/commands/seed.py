"""`flask seed`: people and conversations, from a prompt or a script."""

from __future__ import annotations

from collections.abc import Sequence

import click
from sqlalchemy import select

from app.auth.passwords import hash_password, verify_password
from app.commands.arguments import EMAIL, PASSWORD, Line
from app.commands.group import CommandGroup, Refused
from app.commands.lookups import conversation_with, user_with
from app.commands.seed_demo import seed_demo
from app.database import read, write
from app.extensions import db
from app.models import Conversation, Membership, User
from app.replies import current_runtime
from app.text import NAME_LENGTH, TITLE_LENGTH


@click.group(cls=CommandGroup)
def seed() -> None:
    """Put people and conversations into the database; what is there already stays as it is."""


seed.add_command(seed_demo)


@seed.command("user")
@click.argument("email", type=EMAIL)
@click.option("--name", required=True, type=Line(NAME_LENGTH), help="The name that others see.")
@click.option(
    "--password", prompt=True, hide_input=True, type=PASSWORD, help="Asked for if it isn't given."
)
def seed_user(email: str, name: str, password: str) -> None:
    """Make somebody who can sign in."""
    known = read(lambda: _name_and_hash(email))
    if known is None:
        password_hash = hash_password(password)
        write(lambda: db.session.add(User(email=email, name=name, password_hash=password_hash)))
        click.echo(f"{name} can sign in as {email}.")
    elif known[0] == name and verify_password(known[1], password):
        click.echo(f"{name} can sign in as {email} already.")
    else:
        raise Refused(f"{email} is there already, with another name or password.")


@seed.command("bot")
@click.argument("email", type=EMAIL)
@click.option("--name", required=True, type=Line(NAME_LENGTH), help="The name that others see.")
def seed_bot(email: str, name: str) -> None:
    """Make a program that takes part by tokens alone, and is shown as one."""
    news = write(lambda: _bot(email, name))
    click.echo(f"{name} is a bot{'' if news else ' already'}; `flask token create` lets it in.")


@seed.command("conversation")
@click.argument("title", type=Line(TITLE_LENGTH))
@click.option(
    "--member",
    "emails",
    required=True,
    multiple=True,
    type=EMAIL,
    help="Who takes part; the first owns it. May be given several times.",
)
@click.option("--model", help="What answers; if it isn't given, the first of MODELS.")
def seed_conversation(title: str, emails: Sequence[str], model: str | None) -> None:
    """Begin a conversation and print its id, nothing else, on standard output."""
    models = current_runtime().models
    if model is not None and model not in models.names:
        raise Refused(f"There is no model {model}, only {', '.join(models.names)}.")
    click.echo(write(lambda: _conversation(title, emails, model or models.default)))


def _bot(email: str, name: str) -> bool:
    known = User.by_email(email)
    if known is None:
        db.session.add(User.bot(email, name))
    elif (known.name, known.is_bot) != (name, True):
        raise Refused(f"{email} is there already, with another name or as a person.")
    return known is None


def _name_and_hash(email: str) -> tuple[str, str] | None:
    user = User.by_email(email)
    return user and (user.name, user.password_hash)


def _conversation(title: str, emails: Sequence[str], model: str) -> str:
    """Return the id of the owner's conversation of that title and model, begun if need be."""
    users = [user_with(email) for email in dict.fromkeys(emails)]
    public_id = (
        _known(users[0], title, model) or Conversation.start(users[0].id, title, model).public_id
    )
    conversation = conversation_with(public_id)
    for user in users[1:]:
        if not conversation.has_member(user.id):
            conversation.add_member(user.id)
    return public_id


def _known(owner: User, title: str, model: str) -> str | None:
    owned = Membership.is_owner & (Membership.user_id == owner.id)
    return db.session.scalar(
        select(Conversation.public_id)
        .join(Membership, Membership.conversation_id == Conversation.id)
        .where(owned, Conversation.title == title, Conversation.model == model)
        .order_by(Conversation.id)
        .limit(1)
    )
