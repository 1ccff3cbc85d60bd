"""What the command's exit codes mean, and how what goes wrong becomes one."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from enum import IntEnum
from functools import wraps
from typing import ParamSpec

import click

from midstream.access import InvalidAddress, Refused, Unreachable

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


CODES = {
    "unauthorized": Exit.UNAUTHORIZED,
    "not_found": Exit.NOT_FOUND,
    "conflict": Exit.INCOMPLETE,  # the question was removed before its answer came
}


def exits(command: Callable[P, Exit]) -> Callable[P, None]:
    """Make a function that returns an exit code into a command that ends with it."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        _never_fail_to_print()
        try:
            code = command(*args, **kwargs)
        except Refused as refusal:
            code = CODES.get(refusal.code, Exit.REFUSED)
            say(refusal.sentence)
        except Unreachable:
            code = Exit.UNREACHABLE
            say("The server can't be reached.")
        except InvalidAddress:
            code = Exit.USAGE
            say("A server's address begins with http:// or https://.")
        except KeyboardInterrupt:
            code = Exit.INTERRUPTED
        sys.exit(code)

    return run


def _never_fail_to_print() -> None:
    """Let what a terminal has no letters for be told by its number."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def say(sentence: str) -> None:
    """Tell a person, not the next program in a pipe."""
    click.echo(f"midstream: {sentence}", err=True)
