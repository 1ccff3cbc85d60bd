"""A Python that has imported the libraries, and becomes what it is asked to be in forks of itself.

    python -m tests.support.warm_interpreter SOCKET green|plain

tests/support/warm.py starts it, and says what the messages are. It imports nothing of the app: each
fork does that by itself, as a new process does.
"""

from __future__ import annotations

import gc
import json
import os
import runpy
import socket
import sys
import warnings
from importlib import import_module
from typing import Any

LIBRARIES = """
alembic.autogenerate alembic.command alembic.context anthropic argon2 coverage engineio
engineio.async_drivers.threading flask flask.cli flask_limiter flask_login flask_migrate
flask_socketio flask_sqlalchemy flask_wtf httpx2 limits markdown_it openai psycopg pydantic redis
redis.asyncio rich rich.progress socketio sqlalchemy sqlalchemy.dialects.sqlite sqlalchemy.orm
werkzeug.serving wsproto wtforms
""".split()
MAX_MESSAGE_BYTES = 1_000_000


def main(control: socket.socket, kind: str) -> None:
    """Do what is asked for until nobody is there to ask; a fork returns as what it has become."""
    import_libraries(kind)
    while True:
        message, files, _, _ = socket.recv_fds(control, MAX_MESSAGE_BYTES, 2)
        if not message:
            return
        request = json.loads(message)
        if "pid" in request:
            answer = exit_code(request["pid"])
        elif (answer := os.fork()) == 0:
            control.close()
            become(request, files)
            return
        for file in files:
            os.close(file)
        control.send(json.dumps(answer).encode())


def import_libraries(kind: str) -> None:
    """As wsgi.py does where it serves: what is green gets so before anything else is imported."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if kind == "green":
            import_module("eventlet").monkey_patch()
        for name in LIBRARIES:
            import_module(name)
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
