"""The readers in JavaScript, Go, Java and Rust on a terminal."""

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


def test_thinking_is_dimmed_and_the_answer_is_printed_below(
    server: Server, database: Database, cast: Cast
) -> None:
    for name in PRESENT:
        where = database.conversation(cast.olive)
        access = {"MIDSTREAM_URL": server.url, "MIDSTREAM_TOKEN": cast.olive.token}
        question = "Why? /think 12 /tokens 20 /rate 0"
        printed = on_terminal([*LANGUAGES[name].words, where, question], access)
        answer = database.messages(where)[-1]
        assert answer.thinking, "the answer must have thinking"
        assert "".join(DIM.findall(printed)) == answer.thinking, name
        assert DIM.sub("", printed) == f"\n\n{answer.content}\n", name


def test_control_characters_do_not_reach_a_terminal(
    server: Server, database: Database, cast: Cast
) -> None:
    where = database.conversation(cast.olive)
    access = {"MIDSTREAM_URL": server.url, "MIDSTREAM_TOKEN": cast.olive.token}
    for name in PRESENT:
        question = f"{name} \x1b[31m\x9b0m\x07 /think 0 /tokens 20 /rate 0"
        printed = on_terminal([*LANGUAGES[name].words, where, question], access)
        assert "\x1b" in database.messages(where)[-1].content, "the answer must repeat the question"
        assert name in printed
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", printed), name


def on_terminal(words: Sequence[str], environment: dict[str, str]) -> str:
    """Run a command on a terminal of its own; return what it prints."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        words, cwd=ROOT, env=os.environ | environment, stdin=theirs, stdout=theirs
    ) as process:
        os.close(theirs)
        printed = b"".join(iter(lambda: _read(ours), b""))
        assert process.wait() == 0
    os.close(ours)
    return printed.decode().replace("\r\n", "\n")


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # closed by the command
        return b""
