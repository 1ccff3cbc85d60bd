"""`flask user`: invite people, make administrators, disable and delete users, and set their
passwords, names and pictures."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import click

from app.auth.passwords import hash_password
from app.commands.arguments import EMAIL, NAME, get_user, password_option
from app.commands.group import CommandError, CommandGroup
from app.commands.picture_file import change_picture, picture_options
from app.config import NO_LIMIT, current_config, parse_limit
from app.database import read, write
from app.models import Link, User, people
from app.models.avatar import change_avatar
from app.models.deleting import delete_person
from app.models.link import MAX_USES, Purpose, address_of
from app.models.registering import store_password
from app.models.second_factor import remove_second_factor


@click.group(cls=CommandGroup)
def user() -> None:
    """Invite people, disable, enable and delete users, and set their passwords, names and
    pictures."""


@user.command("list")
def list_users() -> None:
    """Print a line for each user: address, name, what it is, last seen."""
    page = 1
    while rows := read(lambda number=page: _rows(number)):  # type: ignore[misc]
        for row in rows:
            click.echo("\t".join(row))
        page += 1


@user.command("disable")
@click.argument("email", type=EMAIL)
def disable_user(email: str) -> None:
    """Sign a user out everywhere and refuse new sign-ins; what the user has written stays."""
    changed = write(lambda: people.disable(get_user(email)))
    click.echo(f"{email} is disabled." if changed else f"{email} was already disabled.")


@user.command("enable")
@click.argument("email", type=EMAIL)
def enable_user(email: str) -> None:
    """Let a user sign in again; tokens work again, earlier sign-ins stay ended."""
    write(lambda: get_user(email).enable())
    click.echo(f"{email} can sign in.")


@user.command("delete")
@click.argument("email", type=EMAIL)
@click.confirmation_option(prompt="This can't be undone. Delete this account?")
def delete_user(email: str) -> None:
    """Delete a user's account; what the user has written stays, by a former member."""
    delete_person(read(lambda: get_user(email).id))
    click.echo(f"{email} is deleted.")


@user.command("reset-second-factor")
@click.argument("email", type=EMAIL)
def reset_second_factor(email: str) -> None:
    """Let a user who has lost the app and the recovery codes sign in with the password alone."""
    changed = write(lambda: remove_second_factor(get_user(email).id))
    click.echo(f"{email} signs in without a code." if changed else f"{email} had none.")


@user.command("admin")
@click.argument("email", type=EMAIL)
@click.option("--remove", is_flag=True, help="Take it away instead.")
def set_admin(email: str, remove: bool) -> None:
    """Make a user an administrator, or no longer."""
    write(lambda: get_user(email).set_admin(not remove))
    click.echo(f"{email} is {'no longer' if remove else 'now'} an administrator.")


@user.command("limit")
@click.argument("email", type=EMAIL)
@click.argument("limit")
def set_limit(email: str, limit: str) -> None:
    """Say how much a user may use of the models in a month: `20 dollars`, `500000 tokens`, `none`,
    or `default` for what MONTHLY_LIMIT says."""
    try:
        stored = None if limit == "default" else limit
        parse_limit(stored or NO_LIMIT)
    except ValueError:
        raise CommandError(f"{limit} is no limit; write it like `20 dollars`.") from None
    write(lambda: _set_limit(email, stored))
    click.echo(f"{email} may use: {limit}.")


@user.command("rename")
@click.argument("email", type=EMAIL)
@click.argument("name", type=NAME)
def rename(email: str, name: str) -> None:
    """Give a user another name, on all pages that are open, too."""
    write(lambda: get_user(email).rename(name))
    click.echo(f"{email} is now called {name}.")


@user.command("picture")
@click.argument("email", type=EMAIL)
@picture_options
def set_picture(email: str, file: Path | None, remove: bool) -> None:
    """Give a user, or a bot, the picture in a file, or with `--remove` initials again."""
    read(lambda: get_user(email).id)
    change_picture(email, file, remove, lambda it: change_avatar(get_user(email), it))


@user.command("password")
@click.argument("email", type=EMAIL)
@password_option
def set_password(email: str, password: str) -> None:
    """Set a user's password, and sign the user out everywhere."""
    password_hash = hash_password(password)
    write(lambda: _set_password(email, password_hash))
    click.echo(f"{email} has a new password, and is signed out everywhere.")


@user.command("invite")
@click.option("--uses", type=click.IntRange(1, MAX_USES), default=1, show_default=True)
@click.option("--days", type=click.IntRange(1, 365), default=7, show_default=True)
@click.option("--email", type=EMAIL, help="The only address that can be used with it.")
def invite(uses: int, days: int, email: str | None) -> None:
    """Print a link with which people can make an account."""
    if current_config().registration == "closed":
        raise CommandError("REGISTRATION is closed: set it to `invitation`.")
    about = {"max_uses": uses, "email": email}
    _print_link(write(lambda: Link.create(Purpose.REGISTER, timedelta(days=days), **about)))


@user.command("reset-link")
@click.argument("email", type=EMAIL)
def reset_link(email: str) -> None:
    """Print a link with which a user can choose a new password, once, within a day."""
    _print_link(write(lambda: _reset_link(email)))


def _rows(page: int) -> list[tuple[str, ...]]:
    found, _ = people.people_on(page)
    return [(user.email, user.name, _state(user), _minute(seen)) for user, seen in found]


def _state(user: User) -> str:
    kind = "bot" if user.is_bot else "administrator" if user.is_admin else "user"
    return kind if user.is_active else f"{kind}, disabled"


def _minute(at: datetime | None) -> str:
    return f"seen {at:%Y-%m-%d %H:%M}" if at else "never seen"


def _set_limit(email: str, limit: str | None) -> None:
    get_user(email).set_limit(limit)


def _set_password(email: str, password_hash: str) -> None:
    store_password(get_user(email), password_hash)


def _reset_link(email: str) -> str:
    found = get_user(email)
    if found.is_bot or not found.is_active:
        raise CommandError(f"{email} is {'a bot' if found.is_bot else 'disabled'}.")
    return people.reset_link(found)


def _print_link(secret: str) -> None:
    click.echo(address_of(secret, current_config().address))
