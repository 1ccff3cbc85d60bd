"""`flask token`: the API tokens with which programs sign in."""

from __future__ import annotations

from datetime import datetime

import click
from sqlalchemy import Select, select

from app.commands.arguments import EMAIL, NAME, get_user
from app.commands.group import CommandError, CommandGroup
from app.database import read, write
from app.extensions import db
from app.models import ApiToken


@click.group(cls=CommandGroup)
def token() -> None:
    """Create, list and revoke API tokens."""


@token.command("create")
@click.argument("email", type=EMAIL)
@click.option("--name", required=True, type=NAME, help="What the token is for.")
def create_token(email: str, name: str) -> None:
    """Print a new token. It cannot be shown again: only its hash is stored."""
    click.echo(write(lambda: _create(email, name)))


@token.command("list")
@click.argument("email", type=EMAIL)
def list_tokens(email: str) -> None:
    """List a user's tokens: name, first characters, when made, when last used, state."""
    for row in read(lambda: [_row(each) for each in db.session.scalars(_tokens(email))]):
        click.echo("\t".join(row))


@token.command("revoke")
@click.argument("email", type=EMAIL)
@click.argument("name", type=NAME)
def revoke_token(email: str, name: str) -> None:
    """Revoke a token, and disconnect the programs that use it."""
    changed = write(lambda: _revoke(email, name))
    click.echo(f"{name} is revoked." if changed else f"{name} was already revoked.")


def _create(email: str, name: str) -> str:
    user = get_user(email)
    if db.session.scalar(ApiToken.unrevoked(user.id, name)):
        raise CommandError(f"{email} already has a token named {name}; revoke it first.")
    return ApiToken.create(user, name)


def _revoke(email: str, name: str) -> bool:
    if unrevoked := db.session.scalar(ApiToken.unrevoked(get_user(email).id, name)):
        unrevoked.revoke()
        return True
    if db.session.scalar(_tokens(email).where(ApiToken.name == name).limit(1)) is None:
        raise CommandError(f"{email} has no token named {name}.")
    return False


def _tokens(email: str) -> Select[ApiToken]:
    return select(ApiToken).where(ApiToken.user_id == get_user(email).id).order_by(ApiToken.id)


def _row(found: ApiToken) -> tuple[str, ...]:
    used = f"used {_minute(found.last_used_at)}" if found.last_used_at else "never used"
    made = f"made {_minute(found.created_at)}"
    return found.name, f"{found.hint}…", made, used, _state(found)


def _state(found: ApiToken) -> str:
    if found.is_valid:
        return "good"
    if found.revoked_at:
        return "revoked"
    return "expired" if found.user.is_active else "useless while its user is disabled"


def _minute(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}"
