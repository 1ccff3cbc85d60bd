"""Whether Redis works, as everything in this process that asks it has seen: said once in the log
when it fails, with the reason, and once when it works again."""

from __future__ import annotations

import logging
import ssl
import time

from redis import exceptions
from redis.exceptions import RedisClusterException, RedisError
from redis.sentinel import MasterNotFoundError

from app.outages import Outage

logger = logging.getLogger(__name__)

PAUSE_SECONDS = 1.0  # after a failure; nobody else waits for the same
CALM_SECONDS = 2.0  # without a failure, after which Redis is said to work again
SILENT = "what this process publishes does not come back"

REDIS_ERRORS = (RedisError, RedisClusterException, OSError)  # what a Redis that is away causes

# The narrower ones first: most are ConnectionErrors, too.
REASONS: tuple[tuple[type[BaseException], str], ...] = (
    (MasterNotFoundError, "the Sentinels know no master that answers"),
    (exceptions.AuthenticationError, "it refuses the user or the password"),
    (exceptions.NoPermissionError, "it does not permit that to this user"),
    (exceptions.OutOfMemoryError, "it is full"),
    (exceptions.ReadOnlyError, "it takes no writes, as a replica does"),
    (exceptions.BusyLoadingError, "it is still loading its data"),
    (exceptions.MaxConnectionsError, "it takes no more connections"),
    (exceptions.TimeoutError, "it does not answer in time"),
    (TimeoutError, "it does not answer in time"),
    (exceptions.ConnectionError, "it can't be reached"),
    (RedisClusterException, "none of the cluster's nodes answers for all of it"),
    (OSError, "it can't be reached"),
)


class Health:
    """One for each app's Redis. `is_silent` is set by who listens to it: then what other processes
    publish does not come either."""

    def __init__(self) -> None:
        self.is_silent = False
        self._outage = Outage("Redis", logger, CALM_SECONDS)
        self._failed_at = float("-inf")

    def failed(self, error: BaseException | str) -> None:
        """Note that something did not work, an error or a reason."""
        self._failed_at = time.monotonic()
        self._outage.failed(error if isinstance(error, str) else reason_of(error))

    def worked(self) -> None:
        """Note that what was published has come back."""
        self._outage.recovered()

    @property
    def may_answer(self) -> bool:
        """Return whether it makes sense to ask: it has not just failed to answer somebody else."""
        return not self.is_silent and time.monotonic() - self._failed_at > PAUSE_SECONDS


def reason_of(error: BaseException) -> str:
    """Return why Redis fails, in a few words without anything secret."""
    if is_about_tls(error):
        return "its certificate can't be verified"
    return next(
        (reason for kind, reason in REASONS if isinstance(error, kind)),
        f"it refuses ({type(error).__name__})",
    )


def is_about_tls(error: BaseException) -> bool:
    """Return whether an error is that of a certificate; redis-py gives its own ConnectionError."""
    cause = error.__cause__ or error.__context__
    return isinstance(error, ssl.SSLError) or isinstance(cause, ssl.SSLError)
