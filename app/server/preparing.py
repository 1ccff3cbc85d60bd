"""What `bin/run` wants done before the first request: once, and in no time when it is done."""

from __future__ import annotations

import sys

from flask import Flask
from flask_migrate import upgrade
from sqlalchemy.exc import OperationalError

from app.config import current_config
from app.demo.filling import fill, nobody_is_there, say_how_to_sign_in
from app.server.serving import MIGRATIONS, NO_DATABASE


def prepare(app: Flask) -> None:
    """Bring the database up to date; in development, put the demo into an empty one.

    Ends the process with a sentence where the database can't be reached.
    """
    try:
        with app.app_context():
            upgrade(str(MIGRATIONS))
            if not current_config().production:
                _welcome()
    except OperationalError:
        sys.exit(NO_DATABASE)


def _welcome() -> None:
    if nobody_is_there():
        fill(size=None, seed=1)
    say_how_to_sign_in()
