"""A file that a command makes: new, whole, and for nobody else."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from app.commands.group import CommandError

THERE_ALREADY = "There is a file {} already."
UNWRITABLE = "{} can't be written: {}."


@contextmanager
def new_file(path: Path) -> Iterator[IO[bytes]]:
    """Give a new file that only its owner can read; it is removed where it was not written to its
    end."""
    try:
        file = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
    except FileExistsError:
        raise CommandError(THERE_ALREADY.format(path)) from None
    except OSError as error:
        raise CommandError(UNWRITABLE.format(path, error.strerror)) from None
    try:
        with file:
            yield file
    except BaseException:
        path.unlink()
        raise
