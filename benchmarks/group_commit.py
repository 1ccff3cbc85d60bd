"""What does a group commit cost, for one answer and for many, on each database?

    python -m benchmarks.group_commit [--commits 200]

Processor time of this process, for each answer of a commit: taking what has come, storing it in one
transaction, and emitting it to a conversation that nobody reads: what readers cost has figures of
its own. Ending an answer of 500 entries is measured in the same way.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from app.extensions import db
from app.models import Status
from app.providers import Text
from app.replies.in_flight import Answer
from benchmarks.setting import headline
from tests.support.cast import Cast, create_cast
from tests.support.database import Database
from tests.support.harness import Harness
from tests.support.server import command
from tests.support.services import postgres_cluster

ANSWERS = (1, 10, 300)
ENTRIES = 500
TOKEN = "A word, "


@contextmanager
def harness(url: str) -> Iterator[tuple[Harness, Cast]]:
    """Run the app in this process, on a new database."""
    command(url, "db", "upgrade")
    database = Database.at(url)
    with database.app.app_context():
        yield Harness(database.app), create_cast()
        db.session.remove()
        db.engine.dispose()


def begin(here: Harness, cast: Cast, count: int) -> list[Answer]:
    """Begin so many answers."""
    places = [here.database.conversation(cast.olive) for _ in range(count)]
    return [here.begin(where, cast.olive) for where in places]


def commit(here: Harness, answers: list[Answer], times: int) -> float:
    """Return the processor time of a commit of these answers, in seconds."""
    taken = 0.0
    for _ in range(times):
        for answer in answers:
            answer.add(Text(TOKEN))
        taken += processor_time(here.flush)
    return taken / times


def end(here: Harness, answers: list[Answer]) -> float:
    """Return the processor time of ending these answers, for each, in seconds."""
    commit(here, answers, ENTRIES)
    for answer in answers:
        answer.end(Status.COMPLETE)
    taken = 0.0
    while here.runtime.group_commit.answers:
        taken += processor_time(here.flush)
    return taken / len(answers)


def processor_time(work: Callable[[], object]) -> float:
    """Return the processor time of some work, in seconds."""
    began = time.process_time()
    work()
    return time.process_time() - began


def measure(url: str, commits: int) -> None:
    """Print a row of the table."""
    with harness(url) as (here, cast):
        cells = []
        for count in ANSWERS:
            answers = begin(here, cast, count)
            commit(here, answers, 10)
            each = commit(here, answers, commits) / count
            cells.append(f"{1000 * each:.3f} ms")
            here.runtime.group_commit.answers.clear()
        ending = end(here, begin(here, cast, 30))
        print(f"| {db.engine.dialect.name} | {' | '.join(cells)} | {1000 * ending:.2f} ms |")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--commits", type=int, default=200)
    args = parser.parse_args()
    headline("Processor time of a group commit, for each of its answers")
    print("| database | 1 answer | 10 answers | 300 answers | ending one of 500 entries |")
    print("|---|---|---|---|---|")
    with TemporaryDirectory(prefix="midstream-benchmark-") as folder:
        measure(f"sqlite:///{Path(folder)}/midstream.sqlite3", args.commits)
    with postgres_cluster() as postgres:
        measure(postgres.url, args.commits)


if __name__ == "__main__":
    main()
