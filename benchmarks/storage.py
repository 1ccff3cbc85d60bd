"""The cost of storing an answer piece by piece: appending entries, or rewriting its row.

    python -m benchmarks.storage [--pieces 20000]

Each piece is committed separately, in both cases with the same database layer. The bytes are those
that the process writes to files (`wchar` of /proc/self/io).
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import update

from app.database import write, write_directly
from app.extensions import db
from app.models import Conversation, Message, Status, appending
from app.models.ending import Ending, end
from app.models.log import Delta
from app.models.message import Role
from benchmarks.setting import headline
from tests.support.cast import create_cast
from tests.support.database import Database
from tests.support.server import command

PIECE = "A word, or "
Method = Callable[[int, int], None]


def append(message_id: int, pieces: int) -> None:
    """Write an entry for each piece, and fold the entries into the row at the end."""
    for seq in range(1, pieces + 1):
        delta = Delta(seq - 1, seq, PIECE, "")
        write_directly(lambda to, delta=delta: appending.append(to, {message_id: delta}))
    write(lambda: end(Ending(message_id, Status.COMPLETE)))


def rewrite(message_id: int, pieces: int) -> None:
    """Write the whole text so far for each piece."""
    for count in range(1, pieces + 1):
        row = update(Message).where(Message.id == message_id).values(content=PIECE * count)
        write(lambda row=row: db.session.execute(row))
    write(lambda: db.session.execute(update(Message).values(status=Status.COMPLETE)))


def measure(method: Method, pieces: int) -> tuple[int, float]:
    """Return the bytes and the seconds that one method of storing an answer takes."""
    with tempfile.TemporaryDirectory(prefix="midstream-benchmark-") as folder:
        url = f"sqlite:///{folder}/midstream.sqlite3"
        command(url, "db", "upgrade")
        database = Database.at(url)
        with database.app.app_context():
            where = database.conversation(create_cast().olive)
            message_id = write(lambda: _begin(where))
            bytes_before, began = bytes_written(), time.monotonic()
            method(message_id, pieces)
            taken = time.monotonic() - began
            written = bytes_written() - bytes_before
            db.session.remove()
            db.engine.dispose()
        [message] = database.messages(where)
        assert message.content == PIECE * pieces
        return written, taken


def _begin(public_id: str) -> int:
    conversation = db.session.scalars(db.select(Conversation).filter_by(public_id=public_id)).one()
    return Message.add(conversation, Role.ASSISTANT, status=Status.STREAMING, model="demo").id


def bytes_written() -> int:
    """Return what this process has written to files so far."""
    lines = Path("/proc/self/io").read_text().splitlines()
    return int(dict(line.split(": ") for line in lines)["wchar"])


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--pieces", type=int, default=20_000)
    most = parser.parse_args().pieces
    headline(f"Storing an answer of pieces of {len(PIECE)} bytes, each committed separately")
    print("| pieces | text | appending | | rewriting the row | |\n|---|---|---|---|---|---|")
    for pieces in (most // 4, most // 2, most):
        cells = [f"{pieces:,}", f"{pieces * len(PIECE) / 1e6:.2f} MB"]
        for method in (append, rewrite):
            written, taken = measure(method, pieces)
            cells += [f"{written / 1e6:,.0f} MB", f"{taken:.1f} s"]
        print(f"| {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
