"""Each reader sends files with a question, and so does the protocol's example."""

from __future__ import annotations

import re
from contextlib import closing
from pathlib import Path

import pytest
import requests

from app.extensions import db
from app.models import File, Message
from tests.clients.command import ROOT
from tests.clients.readers import EVERY, Readers
from tests.support.cast import Cast
from tests.support.database import Database
from tests.support.sample_files import pdf, picture
from tests.support.server import Server, run_python

pytestmark = pytest.mark.system

EXAMPLE = re.compile(r"```python\n(import requests, socketio\n.*?)```", re.DOTALL)
QUESTION = "What is in it? /think 0 /tokens 20 /rate 0"


def test_the_example_sends_a_file(
    server: Server, database: Database, cast: Cast, tmp_path: Path
) -> None:
    found = EXAMPLE.search((ROOT / "docs" / "protocol.md").read_text("utf-8"))
    assert found, "the example is gone from the document"
    conversation = database.conversation(cast.olive)
    values = f'"{server.url}", "{cast.olive.token}", "{conversation}"'
    old = '"https://chat.example.org", "midstream_…", "…"'
    assert old in found[1]
    file = tmp_path / "plan.pdf"
    file.write_bytes(pdf("We meet at noon."))
    program = found[1].replace(old, values).replace("plan.pdf", str(file))
    ran = run_python("-c", f"{program}client.disconnect()\n", env={})
    assert "'ok': True" in ran.stdout, ran.stderr
    [question, *_] = database.messages(conversation)
    assert question.content == "What is in it?"
    sent = db.select(File.name).where(File.is_sent)
    assert database.read(lambda: db.session.scalars(sent).all()) == ["plan.pdf"]


def test_each_reader_uploads_files_and_sends_them(
    server: Server, database: Database, cast: Cast, tmp_path: Path
) -> None:
    contents = {"the “sky”; 1.png": picture()}
    [path] = [tmp_path / name for name in contents]
    path.write_bytes(contents[path.name])
    missing, token = tmp_path / "missing.pdf", cast.olive.token
    wheres = {name: database.conversation(cast.olive) for name in EVERY}
    with closing(Readers(server.url)) as readers:
        lost = [readers.upload(name, "a b&c?", path, token=token) for name in EVERY]
        uploads = {
            name: readers.upload(name, where, path, missing, token=token)
            for name, where in wheres.items()
        }
        for each in lost:
            assert (each.wait(), each.output) == (4, "")
            assert "not found" in each.errors
        for name, each in uploads.items():
            assert (each.wait(), each.output.count("\n")) == (2, 1), (name, each.errors)
            assert each.errors.endswith("missing.pdf can't be read.\n")
        asked = {
            name: readers.start(
                name, where, QUESTION, token=token, files=uploads[name].output.split()
            )
            for name, where in wheres.items()
        }
        assert {name: each.wait() for name, each in asked.items()} == dict.fromkeys(EVERY, 0)
    for name, where in wheres.items():
        question = database.messages(where)[0]
        assert (name, question.content) == (name, QUESTION)
        assert stored(server, database, cast, where, question.id) == contents, name


def stored(
    server: Server, database: Database, cast: Cast, where: str, question: str
) -> dict[str, bytes]:
    """Return the files of a question: their names, and what the server sends of them."""
    found = db.select(Message.files).where(Message.public_id == question)
    files = database.read(lambda: db.session.scalar(found))
    address = f"{server.url}/api/conversations/{where}/files"
    bearer = {"Authorization": f"Bearer {cast.olive.token}"}
    return {
        each["name"]: requests.get(f"{address}/{each['id']}", headers=bearer, timeout=20).content
        for each in files
    }
