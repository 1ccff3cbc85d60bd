"""SQLite files that several tests copy: what is in them was made once."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app import create_app
from app.config import Config
from app.extensions import db
from tests.support.harness import Harness


@contextmanager
def filling(blank: Path, folder: Path) -> Iterator[tuple[Path, Harness]]:
    """Copy an SQLite file into a folder; yield its path, and a harness to fill it with."""
    path = Path(shutil.copy(blank, folder))
    app = create_app(Config("a key for tests", database_url=f"sqlite:///{path}", models=("demo",)))
    with app.app_context():
        yield path, Harness(app)
        db.session.remove()
        db.engine.dispose()
