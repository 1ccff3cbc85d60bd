"""The bytes written for one log entry do not grow with the length of the answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.agreement import agreed
from tests.support.cast import Cast
from tests.support.database import Database
from tests.support.fake_model import FakeModel
from tests.support.fake_streams import completion
from tests.support.reader import Reader
from tests.support.server import Server

pytestmark = pytest.mark.system
Read = Callable[..., Reader]

PIECE = "Some more words, so that the whole text takes many pages of the database. "
PIECES = 800
MODELS = {PIECES: "openai:once@400", 2 * PIECES: "openai:twice@400"}


@pytest.fixture(scope="module")
def settings() -> Iterator[dict[str, str]]:
    """Models that send `PIECES` and twice as many; with `BEAT_MS=0` nearly each is an entry."""
    with FakeModel() as fake:
        for pieces, model in MODELS.items():
            name = model.removeprefix("openai:").partition("@")[0]
            fake.streams[name] = completion([PIECE] * pieces)
        models = ",".join(MODELS.values())
        yield {"BEAT_MS": "0", "MODELS": models, "OPENAI_BASE_URL": f"{fake.url}/v1"}


@pytest.mark.slow
def test_an_answer_twice_as_long_writes_no_more_bytes_per_entry(
    server: Server, database: Database, cast: Cast, read: Read
) -> None:
    def cost(pieces: int) -> tuple[int, int]:
        """Return the number of an answer's entries and the bytes written for it."""
        olive = read(cast.olive, database.conversation(cast.olive, model=MODELS[pieces]))
        before = bytes_written(server)
        reply = olive.send("Go on")["reply"]
        stored = agreed([olive], reply, database)
        assert stored.content == PIECE * pieces
        print(f"{stored.seq:,} entries: {bytes_written(server) - before:,} bytes written")
        return stored.seq, bytes_written(server) - before

    entries, written = cost(PIECES)
    entries_of_twice, written_of_twice = cost(2 * PIECES)

    # The number of entries depends on the machine's speed; the bytes for one do not. They would
    # double if each entry rewrote the whole text.
    assert min(entries, entries_of_twice) > 100
    assert written_of_twice / entries_of_twice < 1.3 * written / entries


def bytes_written(server: Server) -> int:
    """Return the bytes that the process has written to files so far, cached or not."""
    assert server.process is not None
    lines = Path(f"/proc/{server.process.pid}/io").read_text().splitlines()
    return int(dict(line.split(": ") for line in lines)["wchar"])
