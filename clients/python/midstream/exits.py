"""What the command's exit codes mean, and how what goes wrong becomes one."""

from __future__ import annotations

import sys
from collections.abc import Callable
from enum import IntEnum
from functools import wraps
from typing import ParamSpec

import click

from midstream.connection import Refused, Unreachable

P = ParamSpec("P")


class Exit(IntEnum):
    """0 and what is not."""

    COMPLETE = 0
    INCOMPLETE = 1  # stopped, interrupted, failed or removed
    USAGE = 2
    UNAUTHORIZED = 3
    NOT_FOUND = 4
    UNREACHABLE = 5
    REFUSED = 6
    INTERRUPTED = 130


CODES = {"unauthorized": Exit.UNAUTHORIZED, "not_found": Exit.NOT_FOUND}


def exits(command: Callable[P, Exit]) -> Callable[P, None]:
    """Make a function that returns an exit code into a command that ends with it."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            code = command(*args, **kwargs)
        except Refused as refusal:
            code = _say(CODES.get(refusal.code, Exit.REFUSED), refusal.sentence)
        except Unreachable:
            code = _say(Exit.UNREACHABLE, "The server can't be reached.")
        except KeyboardInterrupt:
            code = Exit.INTERRUPTED
        sys.exit(code)

    return run


def _say(code: Exit, sentence: str) -> Exit:
    click.echo(f"midstream: {sentence}", err=True)
    return code
