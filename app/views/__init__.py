"""The pages."""

from __future__ import annotations

from flask import Flask

from app.config import Config
from app.events.payloads import rfc3339
from app.views import account, auth, conversations, errors, headers, health, theme, tokens
from app.views.dates import full_moment, moment
from app.views.durations import stats_line, thoughts_title

_BLUEPRINTS = (
    account.blueprint,
    auth.blueprint,
    conversations.blueprint,
    health.blueprint,
    theme.blueprint,
    tokens.blueprint,
)


def register(app: Flask, config: Config) -> None:
    """Give the app its pages, and what their templates need."""
    for blueprint in _BLUEPRINTS:
        app.register_blueprint(blueprint)
    errors.register(app)
    headers.register(app, production=config.production)
    for words in (rfc3339, moment, full_moment):
        app.add_template_filter(words)
    app.add_template_filter(stats_line)
    app.add_template_filter(thoughts_title)
