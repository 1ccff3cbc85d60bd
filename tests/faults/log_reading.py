"""Reads a server's log as an operator would: what is wrong is a clear line, of which there are few
and which docs/monitoring.md explains; and there is no traceback."""

from __future__ import annotations

import re
from collections import Counter
from contextlib import suppress
from functools import cache

import requests

from tests.support.server import ADDRESS, ROOT, Server
from tests.support.waiting import eventually

MONITORING = (ROOT / "docs" / "monitoring.md").read_text("utf-8")
SECTION = re.compile(r"^## Warnings and errors$(.*?)^##", re.MULTILINE | re.DOTALL)
ROW = re.compile(r"^\| (`.*?) \|", re.MULTILINE)
CODE = re.compile(r"`([^`]+)`")
LINE = re.compile(r"\[\S+Z \d+\] (?P<level>[A-Z]+) in \S+: (?P<rest>.*)")
TROUBLE = ("WARNING", "ERROR", "CRITICAL")
INTERRUPTED = re.compile(r"Interrupted answers whose leases have expired: (\d+), ")
OWN = re.compile(r"midstream: \S.*")  # what a process says when it starts or ends
MOST_LINES = 60  # of warnings and errors in a minute
MINUTE = len("[2026-01-01T00:00")  # of a line
SHOWN = 5
RECOVERY_SECONDS = 60.0  # at most, on a busy machine


@cache
def documented() -> list[re.Pattern[str]]:
    """Return the warnings and errors that the document explains; `…` is any text."""
    section = SECTION.search(MONITORING)
    assert section, "docs/monitoring.md has no list of warnings and errors"
    texts = [text for row in ROW.findall(section[1]) for text in CODE.findall(row)]
    return [re.compile(re.escape(text).replace("…", ".+?")) for text in texts]


def troubles(log: str) -> list[str]:
    """Return what an operator could not make sense of in a log."""
    lines = [line for line in log.splitlines() if line and not ADDRESS.fullmatch(line)]
    found = [(LINE.fullmatch(line), line) for line in lines]
    wrong = [line for match, line in found if match and match["level"] in TROUBLE]
    others = [line for match, line in found if not match and not OWN.fullmatch(line)]
    return [
        *(f"no line of the log: {line}" for line in others),
        *(f"not explained: {line}" for line in wrong if not _is_documented(line)),
        *(
            f"{count} lines in a minute, such as {wrong[:SHOWN]}"
            for count in Counter(line[:MINUTE] for line in wrong).values()
            if count > MOST_LINES
        ),
    ]


def count(log: str, text: str) -> int:
    """Return how many lines of a log have a text."""
    return sum(text in line for line in log.splitlines())


def interrupted(log: str) -> int:
    """Return how many answers a process has interrupted, as its log says."""
    return sum(map(int, INTERRUPTED.findall(log)))


def says_once(log: str, name: str) -> bool:
    """Return whether a log says that something fails, and as often that it works again."""
    return count(log, f"{name} fails: ") > 0 and name not in failing(log)


def wait_until_it_works_again(server: Server) -> None:
    """Wait until a server's log says of all that has failed that it works again: it does so when
    it was used, as by a new connection, and there was no failure for some seconds."""

    def works() -> bool:
        with suppress(requests.RequestException):
            return server.is_ready() and failing(server.output) == []
        return False

    eventually(works, RECOVERY_SECONDS, what="something still fails")


def failing(log: str) -> list[str]:
    """Return the names of what fails, as a log says, and does not work again."""
    begun, ended = _named(log, " fails: "), _named(log, " works again, ")
    return sorted((begun - ended) + (ended - begun))


def _named(log: str, words: str) -> Counter[str]:
    rests = [match["rest"] for match in map(LINE.fullmatch, log.splitlines()) if match]
    return Counter(rest.partition(words)[0] for rest in rests if words in rest)


def _is_documented(line: str) -> bool:
    match = LINE.fullmatch(line)
    return match is not None and any(each.match(match["rest"]) for each in documented())
