"""What every group of commands does where something is wrong: one sentence, exit code 2."""

from __future__ import annotations

from typing import Any

import click
from flask.cli import AppGroup
from sqlalchemy.exc import IntegrityError, OperationalError, ProgrammingError

from app.errors import DomainError

UNUSABLE = (
    "The database did not answer as it should. See that `flask db upgrade` has been run "
    "and that DATABASE_URL is right."
)
OVERTAKEN = "Somebody else did the same at the same moment. Look, and try again if need be."


class Refused(click.ClickException):
    """A command that can't do what it was told; its message is a sentence for the operator."""

    exit_code = 2


class CommandGroup(AppGroup):
    """Commands that run in an app context and never end with a traceback of ours."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; turn what the app refuses into what click shows."""
        try:
            return super().invoke(ctx)
        except DomainError as error:
            raise Refused(error.sentence) from error
        except (OperationalError, ProgrammingError) as error:
            raise Refused(UNUSABLE) from error
        except IntegrityError as error:
            raise Refused(OVERTAKEN) from error
