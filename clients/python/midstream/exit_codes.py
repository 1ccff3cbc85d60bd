"""The command's exit codes, and which error ends with which code."""

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
    """The exit codes."""

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
    "conflict": Exit.INCOMPLETE,  # the question was removed before its answer began
}


def exits(command: Callable[P, Exit]) -> Callable[P, None]:
    """Turn a function that returns an exit code into a command that exits with it."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        _escape_unprintable()
        try:
            code = command(*args, **kwargs)
        except Refused as refusal:
            code = CODES.get(refusal.code, Exit.REFUSED)
            print_error(refusal.message)
        except Unreachable:
            code = Exit.UNREACHABLE
            print_error("The server can't be reached.")
        except InvalidAddress:
            code = Exit.USAGE
            print_error("A server's address must be one that begins with http:// or https://.")
        except KeyboardInterrupt:
            code = Exit.INTERRUPTED
        sys.exit(code)

    return run


def _escape_unprintable() -> None:
    """Print characters that the terminal's encoding lacks as escapes instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def print_error(message: str) -> None:
    """Print a message to standard error."""
    click.echo(f"midstream: {message}", err=True)
