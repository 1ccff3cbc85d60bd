"""Command line arguments: their types, and the rows that they name."""

from __future__ import annotations

import re
from typing import Any

import click

from app.auth.passwords import PASSWORD_LENGTH
from app.commands.group import CommandError
from app.models import Conversation, User
from app.models.user import normalized
from app.text import NAME_LENGTH, single_line

# What <input type="email"> accepts, so that it can be typed into the sign-in page.
# https://html.spec.whatwg.org/multipage/input.html#valid-e-mail-address
LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
ADDRESS = re.compile(rf"[a-z0-9.!#$%&'*+/=?^_`{{|}}~-]+@{LABEL}(?:\.{LABEL})*", re.ASCII)
ADDRESS_LENGTH = 254


class EmailAddress(click.ParamType[str]):
    """An email address in its stored form. No mail is sent to it, so `max@localhost` is valid."""

    name = "email"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the normalized address; fail if it is not an email address."""
        email = normalized(value)
        if not ADDRESS.fullmatch(email) or len(email) > ADDRESS_LENGTH:
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
    """A password of an allowed length."""

    name = "password"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the password unchanged; fail if it is too short or too long."""
        if len(value) not in PASSWORD_LENGTH:
            shortest, longest = PASSWORD_LENGTH[0], PASSWORD_LENGTH[-1]
            self.fail(f"A password has {shortest} to {longest:,} characters.", param, ctx)
        return str(value)


EMAIL = EmailAddress()
NAME = Line(NAME_LENGTH)
PASSWORD = Password()

display_name_option = click.option(
    "--name", required=True, type=NAME, help="The name that other people see."
)
password_option = click.option(
    "--password", prompt=True, hide_input=True, type=PASSWORD, help="Prompted for if not given."
)


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
