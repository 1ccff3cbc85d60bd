"""No call that logs can log a secret: each text is constant, and no value is named like one."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parent.parent
LEVELS = {"debug", "info", "warning", "error", "exception", "critical", "log"}
LOGGERS = {"logger", "log", "self._log", "self._logger", "self.server.logger"}
OURS = {"about", "Outage"}
SECRET = re.compile(
    r"secret|token(?!s)|password|passwd|cookie|credential|hash|content|text$|email|body|html"
    r"|(^|_)(url|uri|dsn|question|title|prompt)$"
)
ALLOWED = {
    "error.strerror",
    "rooms",
}


class Call(NamedTuple):
    """A call that logs, and where it is."""

    where: str
    node: ast.Call

    @property
    def values(self) -> list[ast.expr]:
        """Return all that it is given, except for exceptions, which have rules of their own."""
        named = [each.value for each in self.node.keywords if each.arg not in ("exc_info", "extra")]
        return [*self.node.args, *named]


def calls_in_app() -> Iterator[Call]:
    """Yield all calls of the app that log."""
    for path in sorted((ROOT / "app").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and _logs(node.func):
                yield Call(f"{path.relative_to(ROOT)}:{node.lineno}", node)


def _logs(function: ast.expr) -> bool:
    if isinstance(function, ast.Name):
        return function.id in OURS
    is_level = isinstance(function, ast.Attribute) and function.attr in LEVELS
    return is_level and ast.unparse(function.value) in LOGGERS  # type: ignore[attr-defined]


@pytest.fixture(scope="module")
def calls() -> list[Call]:
    """Read here, not where pytest looks for tests: each of its processes does that."""
    return list(calls_in_app())


def test_the_calls_are_found(calls: list[Call]) -> None:
    assert len(calls) > 60
    assert {"app/replies/counting.py", "app/views/request_log.py"} <= {
        each.where.partition(":")[0] for each in calls
    }


def test_nothing_secret_is_logged(calls: list[Call]) -> None:
    for call in calls:
        made = [each for value in call.values for each in ast.walk(value)]
        texts = [each for each in made if isinstance(each, ast.JoinedStr)]
        assert not texts, f"a text made of values in {call.where}"
        names = {ast.unparse(each) for each in made if isinstance(each, ast.Name | ast.Attribute)}
        names |= {each.arg or "" for each in call.node.keywords}
        last = {name.rpartition(".")[2] for name in names - ALLOWED}
        assert [name for name in last if SECRET.search(name)] == [], call.where
