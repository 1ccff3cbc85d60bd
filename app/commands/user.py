"""`flask user`: what becomes of somebody who can sign in."""

from __future__ import annotations

import click

from app.auth.passwords import hash_password
from app.commands.arguments import EMAIL, PASSWORD
from app.commands.group import CommandGroup
from app.commands.lookups import user_with
from app.database import write
from app.models import SignIn


@click.group(cls=CommandGroup)
def user() -> None:
    """Say who may sign in, and with which password."""


@user.command("disable")
@click.argument("email", type=EMAIL)
def disable_user(email: str) -> None:
    """Shut somebody out everywhere, at once; what they have written stays."""
    news = write(lambda: _disable(email))
    click.echo(f"{email} is disabled." if news else f"{email} was disabled already.")


@user.command("enable")
@click.argument("email", type=EMAIL)
def enable_user(email: str) -> None:
    """Let somebody sign in again; their tokens are good again, their sign-ins are not."""
    write(lambda: user_with(email).enable())
    click.echo(f"{email} can sign in.")


@user.command("password")
@click.argument("email", type=EMAIL)
@click.option(
    "--password", prompt=True, hide_input=True, type=PASSWORD, help="Asked for if it isn't given."
)
def set_password(email: str, password: str) -> None:
    """Give somebody a new password, and sign them out everywhere."""
    password_hash = hash_password(password)
    write(lambda: _set_password(email, password_hash))
    click.echo(f"{email} has a new password, and is signed out everywhere.")


def _disable(email: str) -> bool:
    found = user_with(email)
    if not found.is_active:
        return False
    found.disable()
    SignIn.end_all(found.id)
    return True


def _set_password(email: str, password_hash: str) -> None:
    found = user_with(email)
    found.password_hash = password_hash
    SignIn.end_all(found.id)
