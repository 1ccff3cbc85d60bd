"""Midstream: a chat with language models that can be joined midstream."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask

from app import static_files, transport, views
from app.auth import identity
from app.cli import register_commands
from app.config import INSTANCE, Config
from app.events.emit import NAMESPACE
from app.extensions import csrf, db, limiter, migrate, socketio
from app.providers import Models
from app.replies import Runtime
from app.sockets import MAX_FRAME_BYTES, Conversations

POOL_SIZE = 20


def directly(function: Callable[..., Any], *args: Any) -> Any:
    """Run what takes long right here: with real threads, others go on meanwhile."""
    return function(*args)


def create_app(config: Config | None = None, offload: Callable[..., Any] = directly) -> Flask:
    """Return the app; `offload` runs a function beside the event loop and returns its result."""
    config = config or Config.from_env()
    app = Flask(__name__, instance_path=str(INSTANCE), static_folder=None)
    app.config.from_mapping(_flask_settings(config))
    db.init_app(app)
    migrate.init_app(app, db, render_as_batch=True)
    csrf.init_app(app)
    limiter.init_app(app)
    _init_socketio(app, config)
    Runtime(app, config, Models.from_config(config), offload)
    app.session_interface = static_files.PageSessions()
    identity.register(app)
    static_files.register(app)
    views.register(app, config)
    register_commands(app)
    return app


def _flask_settings(config: Config) -> dict[str, Any]:
    return {
        "SECRET_KEY": config.secret_key,
        "SQLALCHEMY_DATABASE_URI": config.database_url,
        "SQLALCHEMY_ENGINE_OPTIONS": {
            "pool_size": POOL_SIZE,
            "max_overflow": POOL_SIZE,
            "hide_parameters": True,  # an exception in the log must not tell a text or a hash
        },
        "SESSION_COOKIE_NAME": "__Host-midstream" if config.production else "midstream",
        "SESSION_COOKIE_SECURE": config.production,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "RATELIMIT_STORAGE_URI": config.redis_url or "memory://",
        "LIMITS": config.limits,
        "WTF_CSRF_TIME_LIMIT": None,  # as long as the session: a page may stay open for days
        "MAX_CONTENT_LENGTH": 1_000_000,
    }


def _init_socketio(app: Flask, config: Config) -> None:
    # the one extension serves each app anew: an earlier app's queue is not this one's
    socketio.server_options.pop("client_manager", None)
    socketio.init_app(
        app,
        async_mode=config.async_mode,
        message_queue=config.redis_url,
        channel="midstream",
        manage_session=False,  # the cookie says who it is, and the database whether it still is
        max_http_buffer_size=MAX_FRAME_BYTES,
        **transport.options(NAMESPACE),
    )
    socketio.on_namespace(Conversations(config.limits.events))
    transport.install(app, socketio.server, NAMESPACE, config)
