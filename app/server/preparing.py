"""Preparing the database before the first request, for `python wsgi.py --prepare`."""

from __future__ import annotations

import sys

from flask import Flask
from flask_migrate import upgrade
from sqlalchemy.exc import OperationalError

from app.addresses import is_loopback
from app.config import current_config
from app.database import write
from app.database_failures import said
from app.demo.seeding import has_users, print_how_to_sign_in, seed_demo
from app.errors import Unavailable
from app.migrating import MIGRATIONS, Unreachable, newest_migration
from app.models import Link
from app.models.link import FIRST_LIFETIME, Purpose
from app.server.serving import NO_DATABASE, database_version

NOBODY = """Nobody has an account yet. To make an administrator's, open {address}/link
in a browser, and enter this code within a day: {code}
(Or: flask seed user EMAIL --name NAME)"""


def prepare(app: Flask) -> None:
    """Migrate the database; in development, put the demo into an empty one.

    Where HOST lets other machines connect there is no demo: its password is public.
    Exits the process with an error where the database can't be reached.
    """
    try:
        with app.app_context():
            if database_version(app) <= newest_migration():  # else a later version's, left as it is
                upgrade(str(MIGRATIONS))
            config = current_config()
            if not config.production and is_loopback(config.host):
                _prepare_demo()
            elif not has_users():
                _print_code()
    except (Unreachable, OperationalError, Unavailable) as error:
        sys.exit(NO_DATABASE + said(error))


def _print_code() -> None:
    code = write(lambda: Link.create(Purpose.FIRST, FIRST_LIFETIME))
    print(NOBODY.format(address=current_config().address, code=code), flush=True)


def _prepare_demo() -> None:
    if not has_users():
        seed_demo(size=None, seed=1)
    print_how_to_sign_in()
