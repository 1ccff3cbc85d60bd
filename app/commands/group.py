"""How every command reports an error: with one sentence and exit code 2."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click
from flask.cli import AppGroup
from sqlalchemy.exc import IntegrityError, OperationalError, ProgrammingError

from app.database_failures import said
from app.errors import DomainError

DATABASE_ERROR = (
    "The database could not be used. Check that `flask db upgrade` has been run "
    "and that DATABASE_URL is right."
)
CONCURRENT_CHANGE = "Somebody else made the same change at the same time. Check, and try again."


class CommandError(click.ClickException):
    """A command that cannot be carried out; the message is a sentence for the operator."""

    exit_code = 2


@contextmanager
def reported() -> Iterator[None]:
    """Turn errors of the app into CommandError."""
    try:
        yield
    except DomainError as error:
        raise CommandError(error.sentence + said(error)) from error
    except (OperationalError, ProgrammingError) as error:
        raise CommandError(DATABASE_ERROR + said(error)) from error
    except IntegrityError as error:
        raise CommandError(CONCURRENT_CHANGE) from error


class CommandGroup(AppGroup):
    """Commands that run in an app context and turn errors of the app into CommandError."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command."""
        with reported():
            return super().invoke(ctx)


class Command(click.Command):
    """A command of no group that does the same."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        with reported():
            return super().invoke(ctx)
