"""`flask seed`: create users and conversations."""

from __future__ import annotations

from collections.abc import Sequence

import click
from sqlalchemy import select

from app.auth.passwords import hash_password, verify_password
from app.commands.arguments import (
    EMAIL,
    Line,
    display_name_option,
    get_conversation,
    get_user,
    password_option,
)
from app.commands.group import CommandError, CommandGroup
from app.config import current_config
from app.database import read, write
from app.demo.seeding import print_how_to_sign_in, seed_demo
from app.extensions import db
from app.models import Conversation, Membership, User, audit
from app.replies import current_runtime, reload_models
from app.text import TITLE_LENGTH

PRODUCTION_REFUSED = (
    "In production anybody could sign in with the demo's password: add --yes if you want that."
)


@click.group(cls=CommandGroup)
def seed() -> None:
    """Create users and conversations; existing ones are left unchanged."""


@seed.command("demo")
@click.option("--size", type=click.IntRange(0), help="The number of messages in total.")
@click.option("--seed", default=1, show_default=True, help="Each seed makes other conversations.")
@click.option("--yes", is_flag=True, help="Run in production too.")
def demo(size: int | None, seed: int, yes: bool) -> None:
    """Create users and conversations with finished answers; print how to sign in."""
    if current_config().production and not yes:
        raise CommandError(PRODUCTION_REFUSED)
    seed_demo(size, seed)
    print_how_to_sign_in()


@seed.command("user")
@click.argument("email", type=EMAIL)
@display_name_option
@password_option
def seed_user(email: str, name: str, password: str) -> None:
    """Create a user who can sign in."""
    known = read(lambda: _name_and_hash(email))
    if known is None:
        password_hash = hash_password(password)
        write(lambda: _add(User(email=email, name=name, password_hash=password_hash)))
        click.echo(f"{name} can sign in as {email}.")
    elif known[0] == name and verify_password(known[1], password):
        click.echo(f"{name} can already sign in as {email}.")
    else:
        raise CommandError(f"{email} already exists, with another name or password.")


@seed.command("bot")
@click.argument("email", type=EMAIL)
@display_name_option
def seed_bot(email: str, name: str) -> None:
    """Create a bot: a program that takes part, signs in by token only, and is shown as a bot."""
    is_new = write(lambda: _seed_bot(email, name))
    click.echo(
        f"{name} is {'now' if is_new else 'already'} a bot. "
        f"Make its token with `flask token create`."
    )


@seed.command("conversation")
@click.argument("title", type=Line(TITLE_LENGTH))
@click.option(
    "--member",
    "emails",
    required=True,
    multiple=True,
    type=EMAIL,
    help="A member; the first is the owner. Can be given several times.",
)
@click.option("--model", help="The model that answers. Default: the first of MODELS.")
def seed_conversation(title: str, emails: Sequence[str], model: str | None) -> None:
    """Start a conversation and print its id, nothing else, on standard output."""
    reload_models()
    models = current_runtime().models
    if model is not None and model not in models.names:
        raise CommandError(f"There is no model {model}, only {', '.join(models.names)}.")
    click.echo(write(lambda: _seed_conversation(title, emails, model or models.default)))


def _name_and_hash(email: str) -> tuple[str, str] | None:
    user = User.by_email(email)
    return user and (user.name, user.password_hash)


def _add(user: User) -> None:
    db.session.add(user)
    db.session.flush()
    audit.record(audit.Kind.ACCOUNT_MADE, user.id)


def _seed_bot(email: str, name: str) -> bool:
    known = User.by_email(email)
    if known is None:
        _add(User.bot(email, name))
    elif (known.name, known.is_bot) != (name, True):
        raise CommandError(f"{email} already exists, with another name or as a person.")
    return known is None


def _seed_conversation(title: str, emails: Sequence[str], model: str) -> str:
    """Find the owner's conversation with this title and model, or start it; return its id."""
    users = [get_user(email) for email in dict.fromkeys(emails)]
    public_id = _find(users[0], title, model)
    if public_id is None:
        public_id = Conversation.start(users[0].id, title, model).public_id
    conversation = get_conversation(public_id)
    for user in users[1:]:
        if not conversation.has_member(user.id):
            conversation.add_member(user.id)
    return public_id


def _find(owner: User, title: str, model: str) -> str | None:
    owned = Membership.is_owner & (Membership.user_id == owner.id)
    return db.session.scalar(
        select(Conversation.public_id)
        .join(Membership, Membership.conversation_id == Conversation.id)
        .where(owned, Conversation.title == title, Conversation.model == model)
        .order_by(Conversation.id)
        .limit(1)
    )
