"""The protocol's example of a program that sends a file works."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from app.extensions import db
from app.models import File
from tests.clients.command import ROOT
from tests.support.cast import Cast
from tests.support.database import Database
from tests.support.sample_files import pdf
from tests.support.server import Server, run_python

pytestmark = pytest.mark.system

EXAMPLE = re.compile(r"```python\n(import requests, socketio\n.*?)```", re.DOTALL)


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
