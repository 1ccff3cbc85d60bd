"""A fault of one answer: an exception, of any type, at one of its steps, once or more often."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import eventlet
from hypothesis import strategies as st
from sqlalchemy import exc

from app.errors import Conflict, Unavailable
from app.providers.base import PermanentError

SECRET = "hunter2"  # in every exception: nobody may be shown it
FOR_USERS = "The model has had enough."
FOR_EVER = 1_000_000


class OurOwn(Exception):
    """Derived from nothing that the app knows."""


class OurOwnBase(BaseException):
    """Not even an Exception."""


PLAIN = (
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    AssertionError,
    OverflowError,
    ZeroDivisionError,
    RecursionError,
    MemoryError,
    OSError,
    TimeoutError,
    BrokenPipeError,
    RuntimeError,
    NotImplementedError,
    StopAsyncIteration,
    exc.InvalidRequestError,
    exc.NoResultFound,
    Conflict,
    Unavailable,
    OurOwn,
)
NO_EXCEPTIONS = (SystemExit, asyncio.CancelledError, OurOwnBase)
OF_THE_DATABASE = (
    exc.DBAPIError,
    exc.InterfaceError,
    exc.DatabaseError,
    exc.DataError,
    exc.OperationalError,
    exc.IntegrityError,
    exc.InternalError,
    exc.ProgrammingError,
    exc.NotSupportedError,
)
Errors = dict[str, Callable[[], BaseException]]
EXCEPTIONS: Errors = {
    **{kind.__name__: lambda kind=kind: kind(SECRET) for kind in PLAIN},
    "no connection": lambda: exc.TimeoutError(SECRET),
    "a model's error": lambda: PermanentError(FOR_USERS),
    "an encoding error": lambda: UnicodeEncodeError("utf-8", SECRET + "\ud800", 7, 8, "surrogate"),
}
BASE_EXCEPTIONS: Errors = {
    **{kind.__name__: lambda kind=kind: kind(SECRET) for kind in NO_EXCEPTIONS},
    "a time limit": lambda: eventlet.Timeout(None),
}
DATABASE_ERRORS: Errors = {
    f"database {kind.__name__}": lambda kind=kind: kind("INSERT", {}, Exception(SECRET))
    for kind in OF_THE_DATABASE
}
ERRORS = EXCEPTIONS | BASE_EXCEPTIONS | DATABASE_ERRORS

# Each is a place where the exception is raised, as `FaultySteps` installs it.
STEPS = (
    "read the turns",
    "open the stream",
    "read the stream",
    "close the stream",
    "take what is pending",
    "store text",
    "store anything",
    "fold the log",
    "index the text",
    "make the payload",
    "send an event",
    "send to one reader",
    "render",
    "store the HTML",
)


# These an answer takes once, or nearly so: a fault that lets it pass would never be raised.
ONCE = (
    "read the turns",
    "open the stream",
    "close the stream",
    "fold the log",
    "index the text",
    "render",
    "store the HTML",
)
# The transaction raises these while nobody can use the database: no single answer's text does.
CONCERN_ALL = ("Unavailable", "no connection")
IN_THE_TRANSACTION = ("store text", "store anything", "fold the log", "index the text")


@dataclass
class Fault:
    """Raises an error at a step: `after` times it passes first, then it raises `times`."""

    step: str
    error: str
    after: int
    times: int
    raised: int = 0
    passed: int = 0

    def reach(self, step: str) -> None:
        """The answer has reached a step."""
        if step != self.step:
            return
        self.passed += 1
        if self.passed > self.after and self.raised < self.times:
            self.raised += 1
            raise ERRORS[self.error]()

    def mend(self) -> None:
        """Raise no more."""
        self.times = 0


def faults_at(step: str) -> st.SearchStrategy[Fault]:
    """Choose when, how often and with which error a step fails for one answer."""
    left_out = CONCERN_ALL if step in IN_THE_TRANSACTION else ()
    errors = [
        st.sampled_from([name for name in kinds if name not in left_out])
        for kinds in (EXCEPTIONS, BASE_EXCEPTIONS, DATABASE_ERRORS)
    ]
    return st.builds(
        Fault,
        step=st.just(step),
        error=st.one_of(errors),
        after=st.just(0) if step in ONCE else st.integers(0, 4),
        times=st.sampled_from([1, 2, 3, FOR_EVER]),
    )
