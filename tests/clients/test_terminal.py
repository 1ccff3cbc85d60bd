"""What the readers print on a terminal: thinking dimmed, the answer below it, and no commands."""

from __future__ import annotations

import os
import pty
import re
import subprocess
from collections.abc import Sequence

import pytest

from tests.clients.command import ROOT
from tests.clients.readers import LANGUAGES, PRESENT
from tests.support.cast import Cast
from tests.support.database import Database
from tests.support.server import Server

pytestmark = pytest.mark.system

DIM = re.compile(r"\x1b\[2m(.*?)\x1b\[0m", re.DOTALL)


def test_thinking_is_dimmed_and_the_answer_is_below(
    server: Server, database: Database, cast: Cast
) -> None:
    for name in PRESENT:
        where = database.conversation(cast.olive)
        access = {"MIDSTREAM_URL": server.url, "MIDSTREAM_TOKEN": cast.olive.token}
        question = "Why? /think 12 /tokens 20 /rate 0"
        shown = on_terminal([*LANGUAGES[name].words, where, question], access)
        answer = database.messages(where)[-1]
        assert answer.thinking, "there must be something to dim"
        assert "".join(DIM.findall(shown)) == answer.thinking, name
        assert DIM.sub("", shown) == f"\n\n{answer.content}\n", name


def test_a_terminal_gets_no_commands(server: Server, database: Database, cast: Cast) -> None:
    where = database.conversation(cast.olive)
    access = {"MIDSTREAM_URL": server.url, "MIDSTREAM_TOKEN": cast.olive.token}
    for name in PRESENT:
        question = f"{name} \x1b[31m\x9b0m\x07 /think 0 /tokens 20 /rate 0"
        shown = on_terminal([*LANGUAGES[name].words, where, question], access)
        assert "\x1b" in database.messages(where)[-1].content, "it must say the question again"
        assert name in shown
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", shown), name


def on_terminal(words: Sequence[str], environment: dict[str, str]) -> str:
    """Run a command on a terminal of its own; return what that gets."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        words, cwd=ROOT, env=os.environ | environment, stdin=theirs, stdout=theirs
    ) as process:
        os.close(theirs)
        shown = b"".join(iter(lambda: _read(ours), b""))
        assert process.wait() == 0
    os.close(ours)
    return shown.decode().replace("\r\n", "\n")


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # nobody has it open any more
        return b""
