"""A database for each test, and a function that runs commands on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask

from app import commands, create_app
from app.config import Config
from app.extensions import db
from app.models import User

Run = Callable[..., Result]


@pytest.fixture
def production() -> bool:
    """Return whether the app runs in production; a test may override it."""
    return False


@pytest.fixture
def app(tmp_path: Path, production: bool) -> Iterator[Flask]:
    """Return an app with empty tables, its context pushed."""
    config = Config(
        secret_key="a key for tests",
        production=production,
        database_url=f"sqlite:///{tmp_path}/commands.sqlite3",
        models=("demo", "openai:small"),
    )
    app = create_app(config)
    commands.register(app)
    with app.app_context():
        db.create_all()
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture(autouse=True)
def key_for_the_second_model(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set up `openai:small` as a second model; it is never asked."""
    monkeypatch.setenv("OPENAI_API_KEY", "never-used")


@pytest.fixture
def run(app: Flask) -> Run:
    """Return a function that runs a command: `run("seed", "demo").stdout`."""
    runner = app.test_cli_runner()

    def run(*args: str, stdin: str | None = None) -> Result:
        result = runner.invoke(args=args, input=stdin)
        db.session.rollback()  # so that the test sees what the command committed
        return result

    return run


@pytest.fixture
def cast(app: Flask) -> None:
    """Store the cast: Olive, Max, Eve and Rex. Nobody has a password."""
    for name in ("Olive", "Max", "Eve", "Rex"):
        db.session.add(User(email=f"{name.lower()}@example.com", name=name, password_hash="none"))
    db.session.commit()


@pytest.fixture
def conversation(run: Run, cast: None) -> str:
    """Return the id of a conversation that Olive owns and Max and Rex are members of."""
    members = ("olive@example.com", "max@example.com", "rex@example.com")
    options = [part for email in members for part in ("--member", email)]
    return run("seed", "conversation", "Reading along", *options).stdout.strip()
