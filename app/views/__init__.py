"""The pages."""

from __future__ import annotations

from flask import Flask

from app.sockets.shapes import rfc3339
from app.views import auth, conversations, errors, health


def register(app: Flask) -> None:
    """Give the app its pages, and what their templates need."""
    for blueprint in (auth.blueprint, conversations.blueprint, health.blueprint):
        app.register_blueprint(blueprint)
    errors.register(app)
    app.add_template_filter(rfc3339)
