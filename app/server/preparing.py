"""Preparing the database before the first request, for `python wsgi.py --prepare`."""

from __future__ import annotations

import sys

from flask import Flask
from flask_migrate import upgrade
from sqlalchemy.exc import OperationalError

from app.config import current_config
from app.demo.filling import fill, nobody_is_there, say_how_to_sign_in
from app.server.serving import MIGRATIONS, NO_DATABASE


def prepare(app: Flask) -> None:
    """Migrate the database; in development, put the demo into an empty one.

    Exits the process with an error where the database can't be reached.
    """
    try:
        with app.app_context():
            upgrade(str(MIGRATIONS))
            if not current_config().production:
                _prepare_demo()
    except OperationalError:
        sys.exit(NO_DATABASE)


def _prepare_demo() -> None:
    if nobody_is_there():
        fill(size=None, seed=1)
    say_how_to_sign_in()
