"""The end of a process whose threads go on."""

from __future__ import annotations

import os

from tests.support.server import run_python

# As a connection of a pool that is taken, each of these objects has a finalizer. Python reads the
# table of them at its end.
BUSY_THREADS = """
import sys, threading, weakref
from app.server.stopping import end_process

class Connection: ...

def work():
    while True:
        connection = Connection()
        weakref.finalize(connection, int)

sys.setswitchinterval(1e-6)
for _ in range(4):
    threading.Thread(target=work, daemon=True).start()
print("served", end="")
end_process()
"""


def test_what_threads_still_do_fails_in_no_end() -> None:
    env = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")}
    for _ in range(3):
        ran = run_python("-c", BUSY_THREADS, env=env)
        assert (ran.stdout, ran.stderr, ran.returncode) == ("served", "", 0)
