"""`flask user`: disable and enable users, and set their passwords."""

from __future__ import annotations

import click

from app.auth.passwords import hash_password
from app.commands.arguments import EMAIL, get_user, password_option
from app.commands.group import CommandGroup
from app.database import write
from app.models import SignIn


@click.group(cls=CommandGroup)
def user() -> None:
    """Disable and enable users, and set their passwords."""


@user.command("disable")
@click.argument("email", type=EMAIL)
def disable_user(email: str) -> None:
    """Sign a user out everywhere and refuse new sign-ins; what the user has written stays."""
    changed = write(lambda: _disable(email))
    click.echo(f"{email} is disabled." if changed else f"{email} was already disabled.")


@user.command("enable")
@click.argument("email", type=EMAIL)
def enable_user(email: str) -> None:
    """Let a user sign in again; tokens work again, earlier sign-ins stay ended."""
    write(lambda: get_user(email).enable())
    click.echo(f"{email} can sign in.")


@user.command("password")
@click.argument("email", type=EMAIL)
@password_option
def set_password(email: str, password: str) -> None:
    """Set a user's password, and sign the user out everywhere."""
    password_hash = hash_password(password)
    write(lambda: _set_password(email, password_hash))
    click.echo(f"{email} has a new password, and is signed out everywhere.")


def _disable(email: str) -> bool:
    found = get_user(email)
    if not found.is_active:
        return False
    found.disable()
    SignIn.end_all(found.id)
    return True


def _set_password(email: str, password_hash: str) -> None:
    found = get_user(email)
    found.password_hash = password_hash
    SignIn.end_all(found.id)
