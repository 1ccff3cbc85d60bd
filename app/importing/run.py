"""Imports all conversations of a file, or only looks what that would do; counts what happens."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import IO, Any, NamedTuple

from app.database import read
from app.importing.attaching import name_missing
from app.importing.beside import Beside
from app.importing.files import Found, conversations
from app.importing.formats import parse
from app.importing.parsed import Parsed
from app.importing.planning import Importer, Outcome, Plan, plan
from app.importing.storing import store
from app.importing.values import Unusable, line
from app.models.conversation import UNTITLED

MOST_LISTED = 200  # of what was skipped; the others are counted
NO_MESSAGES = "It has no messages."
REASONS = {
    Outcome.CHANGED_HERE: "It was imported before, and changed since: here, or what was known of"
    " it in the file. It was left as it is here.",
    Outcome.OURS: "It is the same conversation that is here already.",
    Outcome.BUSY: "It is being imported at this moment, by another import of yours.",
}
TWICE = "It is in the file twice; the first one counts."

Progress = Callable[[int], None]


class Skipped(NamedTuple):
    """A conversation that was not imported, or not all of it, and why."""

    title: str
    why: str


@dataclass(slots=True)
class Report:
    """What an import has done, or would do. `notes` count what could not be kept, by what it is."""

    formats: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    messages: int = 0
    files: int = 0
    skipped: list[Skipped] = field(default_factory=list)
    skipped_count: int = 0
    notes: Counter[str] = field(default_factory=Counter)
    broken: str | None = None

    def skip(self, title: str, why: str) -> None:
        """Note that a conversation was skipped."""
        self.skipped_count += 1
        if len(self.skipped) < MOST_LISTED:
            self.skipped.append(Skipped(title or UNTITLED, why))

    def as_json(self) -> dict[str, Any]:
        """Return the report as it is stored."""
        return {
            "formats": dict(self.formats),
            "outcomes": dict(self.outcomes),
            "messages": self.messages,
            "files": self.files,
            "skipped": [[each.title, each.why] for each in self.skipped],
            "skipped_count": self.skipped_count,
            "notes": dict(self.notes),
            "broken": self.broken,
        }


def run(
    file: IO[bytes], importer: Importer, progress: Progress, *, is_preview: bool = False
) -> Report:
    """Import what is in a file; with `is_preview` nothing is stored.

    Raises Unusable where there is nothing to import. A file that is broken after some conversations
    is imported up to there, and the report says so.
    """
    report = Report()
    seen: set[str] = set()
    for index, found in enumerate(_up_to_its_break(file, report)):
        progress(index)
        _one(found, importer, report, seen, is_preview=is_preview)
    return report


def _up_to_its_break(file: IO[bytes], report: Report) -> Iterator[Found]:
    is_first = True
    try:
        for found in conversations(file):
            yield found
            is_first = False
    except Unusable as unusable:
        if is_first:
            raise
        report.broken = str(unusable)


def _one(
    found: Found, importer: Importer, report: Report, seen: set[str], *, is_preview: bool
) -> None:
    """Import one conversation. What is wrong with it concerns no other."""
    title = ""
    try:
        name, parsed = parse(found.value)
        title = parsed.title
        report.formats[name] += 1
        _decide(name, parsed, importer, report, seen, found.beside, is_preview=is_preview)
        report.notes += parsed.notes
    except Unusable as unusable:
        report.skip(title or _title_of(found.value), str(unusable))


def _decide(
    name: str,
    parsed: Parsed,
    importer: Importer,
    report: Report,
    seen: set[str],
    beside: Beside,
    *,
    is_preview: bool,
) -> None:
    parsed.key = f"{name}\0{parsed.key}"
    if parsed.key in seen:
        raise Unusable(TWICE)
    seen.add(parsed.key)
    todo = read(lambda: _planned(importer, parsed))
    files = name_missing(todo.rows, beside, parsed.notes)
    outcome = todo.outcome if is_preview else store(importer, parsed, todo, beside)
    if reason := REASONS.get(outcome):
        raise Unusable(reason)
    report.outcomes[outcome] += 1
    report.messages += len(todo.rows)
    report.files += files


def _planned(importer: Importer, parsed: Parsed) -> Plan:
    todo = plan(importer, parsed)
    if todo.outcome == Outcome.ADDED and not todo.rows:
        raise Unusable(NO_MESSAGES)
    return todo


def _title_of(value: Any) -> str:
    found = value if isinstance(value, dict) else {}
    return line(found.get("title") or found.get("name"), 200)
