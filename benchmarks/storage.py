"""The cost of storing an answer piece by piece: appending entries, or rewriting its row.

    python -m benchmarks.storage [--pieces 20000] [--write]

Each piece is committed separately, in both cases with the same database layer. The bytes are those
that the process writes to files (`wchar` of /proc/self/io). `--write` also puts the table into
docs/performance.md, and a plot beside it.
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
from benchmarks.page import IMAGES, write_part
from benchmarks.plot import Plot, Point
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
    parser.add_argument("--write", action="store_true")
    args = parser.parse_args()
    headline(f"Storing an answer of pieces of {len(PIECE)} bytes, each committed separately")
    lines = ["| pieces | text | appending | | rewriting the row | |", "|---" * 6 + "|"]
    print("\n".join(lines))
    megabytes: dict[str, list[Point]] = {"appending": [], "rewriting the row": []}
    for pieces in (args.pieces // 4, args.pieces // 2, args.pieces):
        cells = [f"{pieces:,}", f"{pieces * len(PIECE) / 1e6:.2f} MB"]
        for name, method in zip(megabytes, (append, rewrite), strict=True):
            written, taken = measure(method, pieces)
            megabytes[name].append((pieces, written / 1e6))
            cells += [f"{written / 1e6:,.0f} MB", f"{taken:.1f} s"]
        lines.append(f"| {' | '.join(cells)} |")
        print(lines[-1], flush=True)
    if args.write:
        write_part("storage", "\n".join(lines) + "\n")
        _plot(megabytes)


def _plot(megabytes: dict[str, list[Point]]) -> None:
    plot = Plot("Pieces of an answer", "Megabytes written")
    for name, points in megabytes.items():
        plot.add(name, [(0, 0), *points])
    plot.write(IMAGES / "written.svg")


if __name__ == "__main__":
    main()
