"""`flask token`: the keys with which programs sign in."""

from __future__ import annotations

from datetime import datetime

import click
from sqlalchemy import Select, select

from app.commands.arguments import EMAIL, Line
from app.commands.group import CommandGroup, Refused
from app.commands.lookups import user_with
from app.database import read, write
from app.extensions import db
from app.models import ApiToken
from app.text import NAME_LENGTH

NAME = Line(NAME_LENGTH)


@click.group(cls=CommandGroup)
def token() -> None:
    """Make, list and revoke API tokens."""


@token.command("create")
@click.argument("email", type=EMAIL)
@click.option("--name", required=True, type=NAME, help="What it is for.")
def create_token(email: str, name: str) -> None:
    """Print a new token, for the only time: no more than its hash is stored."""
    click.echo(write(lambda: _create(email, name)))


@token.command("list")
@click.argument("email", type=EMAIL)
def list_tokens(email: str) -> None:
    """List somebody's tokens: name, beginning, made, last used, and how they stand."""
    for row in read(lambda: [_row(made) for made in db.session.scalars(_tokens(email))]):
        click.echo("\t".join(row))


@token.command("revoke")
@click.argument("email", type=EMAIL)
@click.argument("name", type=NAME)
def revoke_token(email: str, name: str) -> None:
    """Make a token worthless, at once and wherever it is in use."""
    news = write(lambda: _revoke(email, name))
    click.echo(f"{name} is revoked." if news else f"{name} was revoked already.")


def _create(email: str, name: str) -> str:
    user = user_with(email)
    if db.session.scalar(ApiToken.unrevoked(user.id, name)):
        raise Refused(f"{email} has a token named {name} already; revoke it first.")
    return ApiToken.create(user, name)


def _revoke(email: str, name: str) -> bool:
    if live := db.session.scalar(ApiToken.unrevoked(user_with(email).id, name)):
        live.revoke()
        return True
    if db.session.scalar(_tokens(email).where(ApiToken.name == name).limit(1)) is None:
        raise Refused(f"{email} has no token named {name}.")
    return False


def _tokens(email: str) -> Select[ApiToken]:
    return select(ApiToken).where(ApiToken.user_id == user_with(email).id).order_by(ApiToken.id)


def _row(made: ApiToken) -> tuple[str, ...]:
    used = f"used {_minute(made.last_used_at)}" if made.last_used_at else "never used"
    return made.name, f"{made.hint}…", f"made {_minute(made.created_at)}", used, _standing(made)


def _standing(made: ApiToken) -> str:
    if made.is_valid:
        return "good"
    if made.revoked_at:
        return "revoked"
    return "expired" if made.user.is_active else "useless while its user is disabled"


def _minute(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}"
