"""The commands that the app adds to `flask`; docs/operations.md shows how each is used."""

from __future__ import annotations

from flask import Flask
from flask_migrate import Migrate

from app.commands.answers import answers
from app.commands.assistants import assistants
from app.commands.backup import backup, restore
from app.commands.banner import banner
from app.commands.log import log
from app.commands.members import members
from app.commands.models import models
from app.commands.push import push
from app.commands.retention import retention
from app.commands.seed import seed
from app.commands.share import share
from app.commands.storage import storage
from app.commands.token import token
from app.commands.transfer import export, import_
from app.commands.user import user
from app.extensions import db

COMMANDS = (
    *(seed, user, token, members, models, assistants, share, push, export, import_),
    *(answers, banner, log, retention, storage, backup, restore),
)


def register(app: Flask) -> None:
    """Add `flask db …`, and the commands of this package."""
    Migrate(app, db, render_as_batch=True)
    for command in COMMANDS:
        app.cli.add_command(command)
