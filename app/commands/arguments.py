"""The kinds of arguments that the commands take, each checked and brought to its stored form."""

from __future__ import annotations

import re
from typing import Any

import click

from app.auth.passwords import PASSWORD_LENGTH
from app.models.user import normalized
from app.text import single_line

# What <input type="email"> accepts: who has it must be able to type it into the sign-in page.
# https://html.spec.whatwg.org/multipage/input.html#valid-e-mail-address
LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
ADDRESS = re.compile(rf"[a-z0-9.!#$%&'*+/=?^_`{{|}}~-]+@{LABEL}(?:\.{LABEL})*", re.ASCII)
ADDRESS_LENGTH = 254


class EmailAddress(click.ParamType[str]):
    """An address in its stored form. Nothing is ever sent to it, so `max@localhost` will do."""

    name = "email"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the normalized address; fail for what is none."""
        email = normalized(value)
        if not ADDRESS.fullmatch(email) or len(email) > ADDRESS_LENGTH:
            self.fail(f"{value!r} is not an email address.", param, ctx)
        return email


class Line(click.ParamType[str]):
    """One line of readable text, at most `longest` characters."""

    name = "text"

    def __init__(self, longest: int) -> None:
        self.longest = longest

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the text without white space around it; fail for none or too much."""
        line = single_line(value, self.longest)
        if line is None:
            self.fail(f"It must be one line of 1 to {self.longest} characters.", param, ctx)
        return line


class Password(click.ParamType[str]):
    """A password long enough to be worth its name."""

    name = "password"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return it as it is; fail where it is too short, or too long to hash."""
        if len(value) not in PASSWORD_LENGTH:
            shortest, longest = PASSWORD_LENGTH[0], PASSWORD_LENGTH[-1]
            self.fail(f"A password has {shortest} to {longest:,} characters.", param, ctx)
        return str(value)


EMAIL = EmailAddress()
PASSWORD = Password()
