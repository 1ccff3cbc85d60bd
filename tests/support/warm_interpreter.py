"""A Python that has imported the libraries, and becomes what it is asked to be in forks of itself.

    python -m tests.support.warm_interpreter LISTENER green|plain

tests/support/warm.py starts it, and says what the messages are. It imports nothing of the app: each
fork does that by itself, as a new process does.
"""

from __future__ import annotations

import gc
import json
import os
import runpy
import select
import socket
import sys
import warnings
from importlib import import_module
from pathlib import Path
from typing import Any

from tests.support.once import locked

LIBRARIES = """
alembic.autogenerate alembic.command alembic.context argon2 coverage engineio
engineio.async_drivers.threading flask flask.cli flask_limiter flask_login flask_migrate
flask_socketio flask_sqlalchemy flask_wtf httpcore2 limits markdown_it psycopg pydantic redis
redis.asyncio rich rich.progress socketio sqlalchemy sqlalchemy.dialects.sqlite sqlalchemy.orm
werkzeug.serving wsproto wtforms
""".split()
MAX_MESSAGE_BYTES = 1_000_000


# as they are before anything gets green, which nothing here may
wait = select.select
PlainSocket = socket.socket


def main(listener: socket.socket, kind: str) -> None:
    """Do what is asked for until nobody is there to ask."""
    import_libraries(kind)
    lines = [listener]
    while listener in lines:
        for line in wait(lines, [], [])[0]:
            if line is listener:
                number, _ = listener._accept()  # type: ignore[attr-defined]
                lines.append(PlainSocket(fileno=number))
            else:
                answer(line, lines)
        if lines == [listener]:
            end_where_nobody_comes(lines)


def end_where_nobody_comes(lines: list[socket.socket]) -> None:
    """Listen no longer, unless somebody has just come."""
    [listener] = lines
    with locked(Path(listener.getsockname()).with_suffix(".lock")):
        if not wait(lines, [], [], 0)[0]:
            lines.remove(listener)
            listener.close()


def answer(line: socket.socket, lines: list[socket.socket]) -> None:
    """Do what is asked for on a line; where nobody is there any more, take it from the lines.

    A fork ends here as what it has become.
    """
    message, files, _, _ = socket.recv_fds(line, MAX_MESSAGE_BYTES, 2)
    if not message:
        lines.remove(line)
        return line.close()
    request = json.loads(message)
    if "pid" in request:
        said = exit_code(request["pid"])
    elif (said := os.fork()) == 0:
        for each in lines:
            each.close()
        become(request, files)
        sys.exit()
    for file in files:
        os.close(file)
    line.send(json.dumps(said).encode())


def import_libraries(kind: str) -> None:
    """As wsgi.py does where it serves: what is green gets so before anything else is imported."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if kind == "green":
            import_module("eventlet").monkey_patch()
        for name in LIBRARIES:
            import_module(name)
        if kind == "green":  # and forks must not share what is polled
            import_module("eventlet.hubs").use_hub()
    gc.freeze()  # a fork never looks through all this again


def become(request: dict[str, Any], files: list[int]) -> None:
    """Run a script, or a module after -m, as `python` does."""
    for number, file in enumerate(files, start=1):
        os.dup2(file, number)
        os.close(file)
    os.environ.clear()
    os.environ.update(request["environment"])
    import_module("coverage").process_startup()
    script, *arguments = request["words"]
    if script == "-m":
        sys.argv = arguments
        runpy.run_module(arguments[0], run_name="__main__", alter_sys=True)
    else:
        sys.argv = [script, *arguments]
        runpy.run_path(script, run_name="__main__")


def exit_code(pid: int) -> int | None:
    """Return how a fork has ended, as `subprocess` puts it, or None while it runs."""
    ended, status = os.waitpid(pid, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if ended else None


if __name__ == "__main__":
    main(socket.socket(fileno=int(sys.argv[1])), sys.argv[2])
