"""What the image runs, as the Dockerfile says: without rights, on a read-only file system."""

from __future__ import annotations

import os
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.support.agreement import agreed
from tests.support.cast import Cast, create_cast
from tests.support.container import Container
from tests.support.database import Database
from tests.support.server import ADDRESS
from tests.support.services import free_port
from tests.support.waiting import eventually
from tests.system.conftest import Read

pytestmark = [
    pytest.mark.system,
    pytest.mark.slow,
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a tree read-only"),
]

QUESTION = "/tokens 200 /rate 2000"


@pytest.fixture
def container() -> Iterator[Container]:
    """In a folder that its user can enter, other than pytest's own."""
    with tempfile.TemporaryDirectory(prefix="midstream-container-") as folder:
        yield Container.made(Path(folder))


@pytest.fixture
def database_url(container: Container, blank_database: Path) -> str:
    path = container.folder / "data" / "midstream.sqlite3"
    path.write_bytes(blank_database.read_bytes())
    return f"sqlite:///{path}"


@pytest.fixture
def database(database_url: str) -> Database:
    return Database.at(database_url)


@pytest.fixture
def cast(database: Database) -> Cast:
    with database.app.app_context():
        return create_cast()


def test_the_image_serves_is_healthy_and_makes_backups(
    container: Container, database: Database, cast: Cast, read: Read, tmp_path: Path
) -> None:
    where = database.conversation(cast.olive)
    database.close()
    container.give(*(container.folder / "data").iterdir())
    log, port = tmp_path / "log", free_port()
    settings = {"PORT": str(port), "SECRET_KEY": "k" * 32, "MODELS": "demo"}
    assert container.run(["touch", "app/x"], log, **settings), "precondition: nothing is writable"
    process = container.start(container.command, log, **settings)
    try:
        eventually(lambda: process.poll() is not None or ADDRESS.search(log.read_text()), 60.0)
        url = f"http://127.0.0.1:{port}"
        for path in ("healthz", "readyz", "login"):
            assert requests.get(f"{url}/{path}", timeout=30).ok, log.read_text()
        assert container.run(container.health_check, log, **settings) == 0
        olive = read(cast.olive, where, url)
        reply = olive.send(QUESTION)["reply"]
        assert agreed([olive], reply, database).status == "complete"
        eventually(lambda: database.html(reply))  # by a process of its own
        backup = ["python", "-m", "flask", "backup", f"{container.folder}/data/copy"]
        assert container.run(backup, log, **settings) == 0
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    assert "Traceback" not in log.read_text(), log.read_text()
    assert container.run(container.health_check, log, **settings) != 0
