"""How the rows of one statement are sent to PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from psycopg import Cursor


class StepwiseCursor(Cursor[Any]):
    """Sends each row of `executemany` when the one before has been answered.

    By itself psycopg sends them in a pipeline. A process that is paused amid a pipeline keeps its
    locks from all others until it goes on: until the pipeline's end neither
    `idle_in_transaction_session_timeout` nor `statement_timeout` of PostgreSQL ends anything.
    """

    _count: int | None = None

    def execute(self, *args: Any, **kwargs: Any) -> StepwiseCursor:
        """Run a statement once."""
        self._count = None
        super().execute(*args, **kwargs)
        return self

    def executemany(self, query: Any, params_seq: Iterable[Any], **_: Any) -> None:
        """Run a statement once for each of these, whose results nobody reads."""
        count = 0
        for params in params_seq:
            self.execute(query, params)
            count += max(0, self.rowcount)
        self._count = count

    @property
    def rowcount(self) -> int:
        """How many rows the last statement has changed or found, all of its runs together."""
        return super().rowcount if self._count is None else self._count
