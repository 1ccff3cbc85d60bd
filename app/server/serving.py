"""A server process from its start to its end."""

from __future__ import annotations

import gc
import logging
import os
import socket
import sys
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from typing import Any

from flask import Flask
from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError

from app import checkpoints, database_failures, postgresql, static_files, summaries
from app.background import run_periodically, start_task
from app.config import RESERVED_CONNECTIONS, ConfigError, current_config
from app.database_failures import said
from app.events import rooms, server_settings
from app.events.looking import current_looking
from app.events.seen import seen_marks
from app.extensions import db, socketio
from app.jobs import current_jobs
from app.migrating import newest_migration
from app.presence import current_presence
from app.rendering.renderer import current_renderer
from app.replies import Runtime, reload_models
from app.replies.leases import LeaseKeeper
from app.replies.storing_html import MissingHtml
from app.server.handover import Handover
from app.server.huge_pages import use_huge_pages
from app.server.in_progress import RequestsInProgress
from app.server.listening import address_of, connection_limit, start_listening, stop_listening
from app.server.monitoring import serve_metrics, watch_lag
from app.server.shutdown import Drain, end_work
from app.server.stopping import StopSignal
from app.server.sweeping import sweep_conversations, sweep_hourly, sweep_jobs, sweep_people
from app.sockets.control_events import ControlEventHandler
from app.sockets.credentials import credential_uses, expirations
from app.transport.connection_limit import ConnectionLimit
from app.transport.heartbeat import BEAT_SECONDS
from app.views.shared_page import openings

logger = logging.getLogger(__name__)

NO_DATABASE = "midstream: the database can't be reached or written. Is DATABASE_URL right?"
NO_CONNECTIONS = (
    "midstream: the database has no connections left for this server. See max_connections and "
    "DATABASE_POOL_SIZE."
)
PARENT_SECONDS = 0.25  # after its parent's end a worker ends so soon
CONTROL_EVENTS_SECONDS = 0.25  # a revoked right must have ended within a second
CHECKPOINT_SECONDS = 0.25
EXPIRY_SECONDS = 1.0
LOOK_SECONDS = 1.0
CREDENTIAL_USE_SECONDS = 2.0
PRESENCE_SECONDS = 0.5
EXCHANGE_SECONDS = 0.3  # with other processes: what is said in one is told in all within a second
SEEN_SECONDS = 0.5
OPENINGS_SECONDS = 2.0
MISSING_HTML_SECONDS = 2.0
JOBS_SECONDS = 1.0
SWEEP_SECONDS = 20.0
SUMMARY_SECONDS = 30.0
POOLED_CONNECTIONS = 8
GARBAGE_THRESHOLDS = (20_000, 20, 20)

Server = Callable[[Flask, Any, ConnectionLimit], None]


def serve(
    app: Flask, listener: socket.socket, server: Server, handover: Handover | None = None
) -> None:
    """Serve with `server` until the process is asked to stop, then let its work come to its end; a
    worker, with a `handover`, ends at once when the process that has started it has ended.

    Exits the process with an error where it can't serve.
    """
    stop, parent = StopSignal(), os.getppid()
    check_database(app)
    if handover is None:
        check_connections(app)
    limit = _connection_limit(app)
    static_files.prepare()
    _start_work(app)
    serve_metrics(app, server, handover.number if handover else 1)
    _tune_garbage_collection()
    requests = app.wsgi_app = RequestsInProgress(app.wsgi_app)  # type: ignore[method-assign]
    start_listening(listener)
    if handover:
        _take_part(app, handover)
        socketio.start_background_task(server, app, handover, limit)
    else:
        print(f"Midstream is at {address_of(listener)}", flush=True)
    socketio.start_background_task(server, app, listener, limit)

    def is_orphan() -> bool:
        return handover is not None and os.getppid() != parent

    while not stop.wait(PARENT_SECONDS if handover else None) and not is_orphan():
        pass
    runtime: Runtime = app.extensions["runtime"]
    answers = len(runtime.group_commit.answers)
    logger.info("This process was asked to end; %d answers are being written.", answers)
    with app.app_context():
        refuse = partial(stop_listening, listener)
        Drain(runtime, requests, refuse, lambda: stop.is_urgent or is_orphan()).run()
        end_work(runtime)
        if tracer := app.extensions.get("tracer"):
            tracer.flush()
    logger.info("This process has ended its work.")


def check_database(app: Flask) -> None:
    """Exit unless the database is of the version that the migrations make, or a later one: the
    next version of Midstream may run beside this one."""
    if database_version(app) < newest_migration():
        sys.exit("midstream: the database is not up to date. Run `flask db upgrade`.")


def check_connections(app: Flask) -> None:
    """Warn where the processes of this server, and those of others that run already, may open more
    connections than PostgreSQL allows; leave none open, since whoever starts workers needs none.

    It starts all the same: they are seldom all open at once.
    """
    config = app.extensions["config"]
    if not postgresql.is_postgresql(config.database_url):
        return
    wanted = config.workers * config.database.most_connections
    with app.app_context():
        with db.engine.connect() as connection:
            sentence = postgresql.too_many(connection, wanted)
        db.engine.dispose()
    if sentence:
        print(f"midstream: {sentence}", file=sys.stderr, flush=True)


def database_version(app: Flask) -> str:
    """Return the number of the database's last migration, "" where it has none. Exits the process
    where the database can't be reached."""
    try:
        with app.app_context(), db.engine.connect() as connection:
            if not inspect(connection).has_table("alembic_version"):
                return ""
            return connection.scalar(text("SELECT version_num FROM alembic_version")) or ""
    except DBAPIError as error:
        sys.exit(NO_DATABASE + said(error))


def _tune_garbage_collection() -> None:
    """Look for garbage less often, and not among what there is from the start.

    By itself Python looks whenever 700 objects have come, through more and more of the others: with
    a thousand readers that takes a tenth of the processor, and some 100 ms at a time.
    """
    gc.freeze()
    gc.set_threshold(*GARBAGE_THRESHOLDS)


def _take_part(app: Flask, handover: Handover) -> None:
    """Let the other workers know whose sessions are this one's."""
    app.extensions["handover"] = handover
    engine = socketio.server.eio
    new_id = engine.generate_id
    engine.generate_id = lambda: handover.name(new_id())


def _connection_limit(app: Flask) -> ConnectionLimit:
    try:
        return connection_limit(app.extensions["config"])
    except ConfigError as error:
        sys.exit(f"midstream: {error}")


def _start_work(app: Flask) -> None:
    runtime: Runtime = app.extensions["runtime"]
    with app.app_context():
        _fill_pool()
        current_renderer().start()
        current_jobs().start()
        start_task(runtime.group_commit.run)
        start_task(watch_lag)
        if current_config().huge_pages:
            start_task(use_huge_pages)
        if tracer := app.extensions.get("tracer"):
            start_task(tracer.run)
        start_task(LeaseKeeper(runtime.group_commit, current_config().lease_seconds).run)
        control_events = ControlEventHandler()
        control_events.handle_new()  # at once: none may be skipped that comes after a socket
        reload_models()  # after that: what changes them from now on is handled
        server_settings.reload()
        current_looking().begin()
        for work, seconds in (
            (control_events.handle_new, CONTROL_EVENTS_SECONDS),
            (database_failures.watch.look, LOOK_SECONDS),
            (checkpoints.move_log, CHECKPOINT_SECONDS),
            (rooms.check_silence, BEAT_SECONDS),
            (current_looking().run_once, BEAT_SECONDS),
            (expirations.close_due, EXPIRY_SECONDS),
            (credential_uses.store, CREDENTIAL_USE_SECONDS),
            (current_presence().tell, PRESENCE_SECONDS),
            (current_presence().exchange, EXCHANGE_SECONDS),
            (seen_marks.send, SEEN_SECONDS),
            (openings.store, OPENINGS_SECONDS),
            (MissingHtml().store, MISSING_HTML_SECONDS),
            (current_jobs().run_due, JOBS_SECONDS),
            (sweep_conversations, SWEEP_SECONDS),
            (sweep_hourly, SWEEP_SECONDS),
            (sweep_people, SWEEP_SECONDS),
            (sweep_jobs, SWEEP_SECONDS),
            (summaries.send_due, SUMMARY_SECONDS),
        ):
            start_task(run_periodically, work, seconds, seconds)


def _fill_pool() -> None:
    """Open connections to the database, which its pools keep: later there may be no file
    descriptors for them, or PostgreSQL may have given them to others."""
    size = min(POOLED_CONNECTIONS, current_config().database.pool_size)
    counts = {postgresql.reserved_engine(db.engine): RESERVED_CONNECTIONS} | {db.engine: size}
    try:
        with ExitStack() as connections:
            for engine, count in counts.items():
                for _ in range(count):
                    connections.enter_context(engine.connect())
    except DBAPIError:
        sys.exit(NO_CONNECTIONS)
