"""When a conversation that was just made is described to its readers no more."""

from __future__ import annotations

import time
from functools import partial

from tests.support.cast import Cast
from tests.support.database import Database
from tests.support.reader import Reader
from tests.support.waiting import eventually

QUIET_SECONDS = 1.0  # a few times as long as until a process sees what has changed


def wait_for_descriptions(database: Database, cast: Cast, reader: Reader) -> None:
    """Wait until nothing describes the conversation to its readers any more, after it was made and
    its members were added: a description has the position, whose message may come a moment later.

    Those of several changes may be made together, and one of an earlier change may show a later
    one. So that of the last change may still come.
    """
    for person in (cast.eve, cast.rex):
        database.add_member(reader.log.conversation, person)
        eventually(partial(_has_described, reader, person.name))
    eventually(lambda: time.monotonic() - _last_described(reader) > QUIET_SECONDS)


def _has_described(reader: Reader, member: str) -> bool:
    return any(member in each["members"] for each in reader.events("conversation"))


def _last_described(reader: Reader) -> float:
    return max(each.at for each in list(reader.received) if each.event == "conversation")
