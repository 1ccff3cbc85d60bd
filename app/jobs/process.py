"""A process of its own for each job: neither its computing nor its memory is the server's.

It ends when the server process ends that has started it, however that is; another one, or the
server after its restart, then takes the job over.
"""

from __future__ import annotations

import logging
import os
import resource
import socket
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

from flask import Flask

from app.child_process import ChildProcess
from app.config import current_config
from app.jobs.lease import Lease, NotOurs
from app.jobs.running import run
from app.jobs.telling import look_at, tell
from app.models.job import State
from app.rendering.frames import receive, send
from app.rendering.renderer import current_renderer

logger = logging.getLogger(__name__)

ROOT = Path(__file__).resolve().parents[2]
# It gets the settings of the server, but for what only a server needs.
PROGRAM = """
import sys
sys.path.insert(0, sys.argv[1])
from dataclasses import replace
from app import create_app
from app.config import Config
from app.jobs.process import work
config = replace(Config.from_env(), async_mode="threading", redis_url=None, workers=1)
work(create_app(config), int(sys.argv[2]))
"""
NICENESS = 10  # whoever reads comes first
MEMORY_BYTES = 2_000_000_000  # of addresses, of which a tenth is the program
PROCESSOR_SECONDS = 3600
START_SECONDS = 120.0  # on a machine that has much else to do
LOOK_SECONDS = 0.5

STARTED, ENDED = range(2)


def run_in_process(job_id: int, lease: int) -> None:
    """Run a job in a process, tell its maker how far it is, and wait for its end."""
    child = ChildProcess()
    try:
        child.start("-c", PROGRAM, str(ROOT), str(job_id))
        child.socket.settimeout(LOOK_SECONDS)
        _hand_over(child.socket, Lease(job_id, lease, current_config().lease_seconds))
        _follow(child.socket, job_id)
    except NotOurs:
        return
    except OSError as error:
        logger.error("The process of job %d has ended early: %s.", job_id, error)
    finally:
        child.stop(0.0)
        tell(job_id)


def _hand_over(child: socket.socket, lease: Lease) -> None:
    """Keep a job's lease until its process has started, which may take a while, and give it that.

    Raises OSError where the process does not start, and NotOurs where the job has ended.
    """
    deadline = time.monotonic() + START_SECONDS
    while True:
        lease.note()
        try:
            receive(child)
        except TimeoutError:
            if time.monotonic() > deadline:
                raise
        else:
            send(child, lease.close())
            return


def _follow(child: socket.socket, job_id: int) -> None:
    """Tell how far a job is, until its process says that it has ended, or the job has ended.

    Raises OSError where the process is gone: then nobody renews the lease any more.
    """
    last = None
    while True:
        try:
            _, trouble = receive(child)
        except TimeoutError:
            found = look_at(job_id)
            if found is None or found[0]["state"] != State.RUNNING:
                return
            if found != last:
                last = found
                tell(job_id)
        else:
            if trouble:
                logger.error("Job %d has failed.\n%s", job_id, trouble)
            return


def work(app: Flask, job_id: int) -> None:
    """Run one job, as the main function of a process of its own."""
    os.nice(NICENESS)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (PROCESSOR_SECONDS, PROCESSOR_SECONDS))
    server = socket.socket(fileno=os.dup(sys.stdin.fileno()))
    server.setblocking(True)
    send(server, STARTED)
    lease, _ = receive(server)
    threading.Thread(target=_end_with, args=(server,), daemon=True).start()
    with suppress(OSError):
        send(server, ENDED, _work(app, job_id, lease))


def _work(app: Flask, job_id: int, lease: int) -> str:
    """Run the job; return what the server is to log, besides what the job's maker is told."""
    with app.app_context():
        kept = Lease(job_id, lease, current_config().lease_seconds)
        kept.keep(app)
        current_renderer().start()
        try:
            return run(kept)
        finally:
            current_renderer().stop()


def _end_with(server: socket.socket) -> None:
    """End this process when the server's end of the socket is closed."""
    with suppress(OSError):
        server.recv(1)
    os._exit(1)
