"""Midstream: a chat with language models that can be joined midstream."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from flask import Flask

from app import metrics, postgresql, static_files, transport, views
from app.auth import identity, rate_limits
from app.background import Background, Offload, run_in_place
from app.config import INSTANCE, Config, ConfigError
from app.database import engine_options, protect_file
from app.events.looking import Looking
from app.events.rooms import NAMESPACE
from app.extensions import csrf, db, socketio
from app.files.stores import FileStores
from app.jobs import Jobs
from app.models.sign_in import SIGN_IN_LIFETIME
from app.openid import Provider
from app.presence import Exchange, Presence
from app.providers import Models
from app.rendering.renderer import Renderer
from app.replies import Runtime
from app.shared_redis import SharedRedis, shared_redis
from app.sockets import MAX_MESSAGE_BYTES, Conversations
from app.transport.fan_out import client_manager
from app.views import page_slots

NO_PACKAGES = "OTEL_EXPORTER_OTLP_ENDPOINT needs the packages in requirements-tracing.txt."


def create_app(config: Config | None = None, offload: Offload = run_in_place) -> Flask:
    """Return the app; `offload` runs a function beside the event loop and returns its result.

    Raises ConfigError with a sentence for the operator.
    """
    config = config or Config.from_env()
    app = Flask(__name__, instance_path=str(INSTANCE), static_folder=None)
    app.extensions["config"] = config
    app.config.from_mapping(_flask_settings(config))
    protect_file(config.database_url, INSTANCE)
    db.init_app(app)
    if postgresql.is_postgresql(config.database_url):
        with app.app_context():
            postgresql.install(db.engine, config.database)
    page_slots.register(app)  # first: what waits there has done nothing else yet
    csrf.init_app(app)
    redis = shared_redis(app, config)
    _init_socketio(app, config, redis)
    Background(app, offload)
    Renderer(app)
    Runtime(app, config, Models.from_config(config))
    FileStores(app, config.file_store)
    Jobs(app)
    Presence(app, Exchange(redis) if redis else None)
    Looking(app)
    if config.openid:
        Provider(app, config.openid)
    identity.register(app)
    rate_limits.register(app)
    static_files.register(app)
    metrics.register(app)
    if config.monitoring.traces:
        _trace(app, config.monitoring.service)
    views.register(app, config)
    return app


def _trace(app: Flask, service: str) -> None:
    """Let the app have traces. Raises ConfigError where their packages are not installed."""
    try:
        import_module("app.trace_exporting").register(app, service)
    except ModuleNotFoundError as error:
        raise ConfigError(NO_PACKAGES) from error


def _flask_settings(config: Config) -> dict[str, Any]:
    return {
        "SECRET_KEY": config.secret_key,
        "SQLALCHEMY_DATABASE_URI": config.database_url,
        "SQLALCHEMY_ENGINE_OPTIONS": engine_options(config.database_url, config.database),
        "SESSION_COOKIE_SECURE": config.production,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "WTF_CSRF_TIME_LIMIT": None,  # as long as the session: a page may stay open for days
        "WTF_CSRF_SSL_STRICT": False,  # it needs a Referer; views.forms looks at Origin first
        "PERMANENT_SESSION_LIFETIME": SIGN_IN_LIFETIME,
        "MAX_CONTENT_LENGTH": 1_000_000,
    }


def _init_socketio(app: Flask, config: Config, redis: SharedRedis | None) -> None:
    socketio.init_app(
        app,
        async_mode=config.async_mode,
        client_manager=client_manager(redis, NAMESPACE),
        manage_session=False,  # the cookie names the sign-in; the database says if it is valid
        max_http_buffer_size=MAX_MESSAGE_BYTES,
        **transport.options(NAMESPACE),
    )
    socketio.on_namespace(Conversations(config.rate_limits.events))
    transport.install(app, socketio.server, NAMESPACE, config)
