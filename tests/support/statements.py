"""SQL that is compiled once, for the hundreds of engines that tests make in this process."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Dialect, Engine


class CompiledStatements:
    """What SQLAlchemy keeps for one engine, kept for all: they are of the same kind."""

    def __init__(self) -> None:
        self._compiled: dict[Any, Any] = {}
        self._dialect: Dialect | None = None

    def share_with(self, engine: Engine) -> None:
        """Let an engine that is new use what was compiled for others."""
        if self._dialect is None:
            engine.connect().close()  # the first time it learns what it is connected to
            self._dialect = engine.dialect
        engine.dialect = self._dialect  # what was compiled is kept by its dialect, among others
        engine.update_execution_options(compiled_cache=self._compiled)
