"""Exports and imports by real servers: in processes of their own, which others take over."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from app.extensions import db
from app.models import Conversation, Job, Message, User
from app.models.job import State
from tests.importing import examples
from tests.support.cast import Cast
from tests.support.database import Database
from tests.support.http_session import BrowserSession, csrf_token
from tests.support.server import Server
from tests.support.waiting import eventually

pytestmark = [pytest.mark.system, pytest.mark.counted]

PAGE = "/account/data"
DOWNLOAD = re.compile(r"/account/data/jobs/[0-9a-f]{32}/download")
ACTION = re.compile(r'action="(/account/data/jobs/[0-9a-f]{32}/\w+)"')
PATIENCE = 240.0


@pytest.fixture(scope="module")
def settings() -> dict[str, str]:
    return {"LEASE_SECONDS": "3", "LIMIT_JOB": "off"}


class Person:
    """Somebody at the page, without scripts."""

    def __init__(self, server: Server, person: Any) -> None:
        self.url = server.url
        self.session = BrowserSession(server.url).sign_in(person)

    def page(self) -> str:
        return self.session.http.get(f"{self.url}{PAGE}", timeout=60).text

    def export(self) -> None:
        assert self.session.post(f"{PAGE}/export", format="json").ok

    def send(self, data: bytes) -> Any:
        fields = {"csrf_token": csrf_token(self.page())}
        file = {"file": ("conversations.json", data)}
        return self.session.http.post(
            f"{self.url}{PAGE}/import", data=fields, files=file, timeout=PATIENCE
        )

    def press(self, name: str) -> None:
        [address] = [each for each in ACTION.findall(self.page()) if each.endswith(name)]
        assert self.session.post(address).ok

    def has(self, text: str) -> None:
        eventually(lambda: text in self.page(), PATIENCE)


def many(count: int) -> bytes:
    """Return a zip file with so many conversations of ChatGPT."""
    found = [
        examples.bees() | {"conversation_id": f"c{at}", "title": f"Bees {at}"}
        for at in range(count)
    ]
    out = io.BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as archive:
        archive.writestr("export/conversations.json", json.dumps(found))
    return out.getvalue()


def test_in_by_one_server_and_out_by_another(
    server: Server, start_server: Callable[..., Server], cast: Cast, database: Database
) -> None:
    olive = Person(server, cast.olive)
    assert olive.send(many(12)).ok
    olive.has("In the file")
    assert "12 conversations" in olive.page()
    olive.press("start")
    olive.has("Imported")
    assert database.read(conversations) == 12
    assert database.read(without_html) == 0

    other = Person(start_server(LEASE_SECONDS="3"), cast.olive)
    olive.export()
    other.has("/download")
    found = DOWNLOAD.search(other.page())
    assert found
    answer = other.session.http.get(f"{other.url}{found[0]}", timeout=60)
    with ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.testzip() is None
        assert len(archive.namelist()) == 12


def test_an_import_that_is_killed_with_its_server_is_done_by_another(
    start_server: Callable[..., Server], cast: Cast, database: Database
) -> None:
    first = start_server(LEASE_SECONDS="3", LIMIT_JOB="off")
    max_ = Person(first, cast.max)
    max_.send(many(40))
    max_.has("In the file")
    max_.press("start")
    before = database.read(conversations)
    eventually(lambda: database.read(conversations) > before + 3, PATIENCE)
    first.kill()
    assert database.read(lambda: state_of(cast.max.email)) == State.RUNNING, "precondition"

    second = Person(start_server(LEASE_SECONDS="3", LIMIT_JOB="off"), cast.max)
    second.has("Imported")
    titles = database.read(lambda: titles_of(cast.max.email))
    assert sorted(titles) == sorted(f"Bees {at}" for at in range(40))


def test_what_is_cancelled_ends_at_once(server: Server, cast: Cast, database: Database) -> None:
    eve = Person(server, cast.eve)
    eve.send(many(90))
    eve.has("In the file")
    eve.press("start")
    eventually(lambda: len(database.read(lambda: titles_of(cast.eve.email))) > 3, PATIENCE)
    eve.press("cancel")
    assert "Cancelled" in eve.page()
    eventually(lambda: not children(server), PATIENCE)
    assert len(database.read(lambda: titles_of(cast.eve.email))) < 90


def conversations() -> int:
    return db.session.query(Conversation).where(Conversation.deleted_at.is_(None)).count()


def without_html() -> int:
    return db.session.query(Message).where(Message.content_html.is_(None)).count()


def titles_of(email: str) -> list[str]:
    user = User.by_email(email)
    assert user
    return [each.title for each in db.session.scalars(User.conversations_of(user.id))]


def state_of(email: str) -> str:
    user = User.by_email(email)
    assert user
    return Job.of(user.id)[0].state


def children(server: Server) -> list[int]:
    """Return the processes of a server that run jobs."""
    assert server.process is not None
    found = []
    for folder in Path("/proc").iterdir():
        try:
            words = (folder / "cmdline").read_bytes()
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError, IndexError):
            continue
        if b"app.jobs.process" in words and parent == server.process.pid:
            found.append(parent)
    return found
