"""Command line arguments: their types, and the rows that they name."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, TypeVar

import click

from app.auth.passwords import check_new_password
from app.commands.group import CommandError
from app.errors import Invalid
from app.models import Conversation, User
from app.models.user import valid_email
from app.text import NAME_LENGTH, single_line

FROM_STDIN = "midstream.password_stdin"  # the context's key

Command = TypeVar("Command", bound=Callable[..., Any])


class EmailAddress(click.ParamType[str]):
    """An email address in its stored form. No mail is sent to it, so `max@localhost` is valid."""

    name = "email"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the normalized address; fail if it is not an email address."""
        email = valid_email(value)
        if email is None:
            self.fail(f"{value!r} is not an email address.", param, ctx)
        return email


class Line(click.ParamType[str]):
    """One line of text with at most `max_length` characters."""

    name = "text"

    def __init__(self, max_length: int) -> None:
        self.max_length = max_length

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the text without white space around it; fail if it is empty or too long."""
        line = single_line(value, self.max_length)
        if line is None:
            self.fail(f"It must be one line of 1 to {self.max_length} characters.", param, ctx)
        return line


class Password(click.ParamType[str]):
    """A password of an allowed length that is not a common one."""

    name = "password"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the password unchanged; fail if it is too short, too long or too common."""
        try:
            check_new_password(value)
        except Invalid as error:
            self.fail(error.sentence, param, ctx)
        return str(value)


EMAIL = EmailAddress()
NAME = Line(NAME_LENGTH)
PASSWORD = Password()

display_name_option = click.option(
    "--name", required=True, type=NAME, help="The name that other people see."
)


def password_option(command: Command) -> Command:
    """Add `--password` and `--password-stdin`; without either the password is prompted for.

    Other users of the machine can read a command's arguments, and a shell's history keeps them.
    """
    from_stdin = click.option(
        "--password-stdin",
        is_flag=True,
        is_eager=True,  # read before `--password`, which depends on it
        expose_value=False,
        callback=_note_stdin,
        help="Read the password from the first line of standard input.",
    )
    password = click.option(
        "--password", callback=_password, help="Prompted for if not given; others can see it."
    )
    return from_stdin(password(command))


def _note_stdin(ctx: click.Context, _param: click.Parameter, is_given: bool) -> None:
    ctx.meta[FROM_STDIN] = is_given


def _password(ctx: click.Context, param: click.Parameter, value: str | None) -> str:
    if ctx.resilient_parsing:
        return ""
    if ctx.meta[FROM_STDIN]:
        if value is not None:
            raise click.UsageError("Give --password or --password-stdin, not both.")
        value = sys.stdin.readline().rstrip("\r\n")
    elif value is None:
        return str(click.prompt("Password", hide_input=True, type=PASSWORD))
    return PASSWORD.convert(value, param, ctx)


def get_user(email: str) -> User:
    """Return the user with this address; CommandError if there is none."""
    user = User.by_email(email)
    if user is None:
        raise CommandError(f"Nobody has the address {email}.")
    return user


def get_conversation(public_id: str) -> Conversation:
    """Return the conversation with this id; CommandError if there is none."""
    conversation = Conversation.by_public_id(public_id)
    if conversation is None:
        raise CommandError(f"There is no conversation {public_id}.")
    return conversation
