"""Our own export: a conversation as JSON, with the versions of its messages that are not shown.

It has the messages as the database has them, but for the people: what the person who imports has
written is theirs, and everybody else is kept by name.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from app.importing.formats.blocks import file_name
from app.importing.parsed import Attached, Exporter, Parsed, Row
from app.importing.tree import MAX_CHARACTERS, MAX_MESSAGES, NO_QUESTION, TOO_LONG, TOO_MANY
from app.importing.values import Unusable, key, line, members, moment, name, number, objects, text
from app.models.conversation import Asking
from app.models.message import IMPORTED, Role, Status
from app.models.questions import MAX_ASKED
from app.schemas import EMOJIS
from app.text import NAME_LENGTH, PROMPT_LENGTH, TITLE_LENGTH

NAME = "Midstream"
EFFORTS = ("low", "medium", "high")
MOST_TEMPERATURE = 2
NO_VERSIONS = "messages that are not shown: the versions in the file don't fit together"
UNNAMED = "messages without an id or a role"
REACTIONS = "reactions of other people"


def recognizes(found: Mapping[str, Any]) -> bool:
    """Return whether this is such a conversation."""
    return "conversation" in found and isinstance(found.get("messages"), list)


def parse(found: Mapping[str, Any]) -> Parsed:
    """Return the conversation."""
    notes: Counter[str] = Counter()
    settings, exporter = members(found.get("settings")), members(found.get("exported_by"))
    origin, effort = key(found.get("conversation")), settings.get("effort")
    by = Exporter(line(exporter.get("name"), NAME_LENGTH), text(exporter.get("sender")))
    return Parsed(
        key=origin or "",
        title=line(found.get("title"), TITLE_LENGTH),
        layout=lambda _leads: _rows(found, by, notes),
        created_at=moment(found.get("created_at")),
        updated_at=moment(found.get("updated_at")),
        model=name(found.get("model")),
        system_prompt=text(settings.get("system_prompt"))[:PROMPT_LENGTH],
        temperature=_temperature(settings.get("temperature")),
        effort=effort if effort in EFFORTS else None,
        asking=Asking.MENTIONS if found.get("asking") == Asking.MENTIONS else None,
        origin=origin,
        exporter=by if by.sender else None,
        notes=notes,
    )


def _temperature(value: Any) -> float | None:
    is_number = number(value) is not None and value <= MOST_TEMPERATURE
    return float(value) if is_number else None


def _rows(found: Mapping[str, Any], by: Exporter, notes: Counter[str]) -> list[Row]:
    """Return the messages in the order of their positions, if their versions fit together, else
    those that are shown."""
    messages = [
        *((each, True) for each in objects(found["messages"])),
        *((each, False) for each in objects(found.get("hidden"))),
    ]
    if len(messages) > MAX_MESSAGES:
        raise Unusable(TOO_MANY)
    if sum(len(text(each.get("content"))) for each, _ in messages) > MAX_CHARACTERS:
        raise Unusable(TOO_LONG)
    names = {text(each.get("id")): _name_of(each) for each, _ in messages}
    ordered = sorted(messages, key=lambda pair: number(pair[0].get("position")) or 0)
    rows: dict[str, Row] = {}
    for message, is_shown in ordered:
        row = _row(message, is_shown, by, names, notes)
        if row is None or row.key in rows:
            notes[UNNAMED] += 1
        else:
            rows[row.key] = row
    if not fit_together(rows):
        hidden = [each for each in rows.values() if each.hidden_with is not None]
        notes[NO_VERSIONS] += len(hidden)
        rows = {each.key: _alone(each) for each in rows.values() if each.hidden_with is None}
    return list(_with_questions(rows))


def _name_of(message: Mapping[str, Any]) -> str:
    """Return what is the same for a message in each export, where the export has that."""
    return key(message.get("key")) or key(message.get("id")) or ""


def _row(
    message: Mapping[str, Any],
    is_shown: bool,
    by: Exporter,
    names: Mapping[str, str],
    notes: Counter[str],
) -> Row | None:
    own, role = _name_of(message), message.get("role")
    if not own or role not in (Role.USER, Role.ASSISTANT):
        return None
    stats, at = members(message.get("stats")), moment(message.get("created_at"))
    duration = number(stats.get("duration_ms"))
    is_answer = role == Role.ASSISTANT
    hidden_with = None if is_shown else names.get(text(message.get("hidden_with")), own)
    return Row(
        own,
        Role(role),
        text(message.get("content")),
        thinking=text(message.get("thinking")),
        model=name(message.get("model")) if is_answer else None,
        author=None if is_answer else _author(message, by),
        created_at=at,
        ended_at=at + timedelta(milliseconds=duration) if at and duration is not None else None,
        status=_status(message.get("status")),
        error=name(message.get("error"), 500),
        note=name(message.get("note"), 500),
        is_cut=message.get("cut") is True,
        hidden_with=hidden_with,
        group=names.get(text(message.get("version_of")), own),
        version=number(message.get("version")) or 1,
        question=names.get(text(message.get("question"))) if is_answer else None,
        asks=_asks(message.get("asks")),
        mentions=_names(message.get("mentions")),
        quotes=names.get(text(message.get("quotes"))),
        pinned=message.get("pinned") is True,
        reactions=_reactions(message, by, notes),
        files=() if is_answer else _files(message),
        input_tokens=number(stats.get("input_tokens")),
        output_tokens=number(stats.get("output_tokens")),
        thought_ms=number(stats.get("thought_ms")),
    )


def _files(message: Mapping[str, Any]) -> Sequence[Attached]:
    """Return the files of a question: an archive says where each is."""
    return [
        Attached(file_name(each.get("name")), path=text(each.get("path")))
        for each in objects(message.get("files"))
    ]


def _author(message: Mapping[str, Any], by: Exporter) -> str | None:
    """Return who wrote a question, None for who has exported it."""
    if by.sender and message.get("sender") == by.sender:
        return None
    return line(line(message.get("author"), 2 * NAME_LENGTH).removesuffix(IMPORTED), NAME_LENGTH)


def _status(value: Any) -> Status:
    try:
        status = Status(text(value))
    except ValueError:
        return Status.COMPLETE
    return Status.INTERRUPTED if status == Status.STREAMING else status


def _asks(value: Any) -> tuple[str, ...] | None:
    return _names(value)[:MAX_ASKED] if isinstance(value, list) else None


def _names(value: Any) -> tuple[str, ...]:
    found = value if isinstance(value, list) else []
    return tuple(each for each in (line(each, 200) for each in found[:100]) if each)


def _reactions(message: Mapping[str, Any], by: Exporter, notes: Counter[str]) -> Sequence[str]:
    """Return the emoji of who has exported; those of others are counted."""
    mine = []
    for reaction in objects(message.get("reactions")):
        people = reaction.get("people")
        senders = people if isinstance(people, list) else []
        is_mine = bool(by.sender) and by.sender in senders
        notes[REACTIONS] += len(senders) - is_mine
        if is_mine and reaction.get("emoji") in EMOJIS and reaction["emoji"] not in mine:
            mine.append(reaction["emoji"])
    return mine


def fit_together(rows: Mapping[str, Row]) -> bool:
    """Return whether every version can be shown: each is hidden with one before it that is hidden
    with itself, of each message one leads on, and no way to a message leads back to it."""
    leading: dict[str, Row] = {}
    numbers, heads = set(), set()
    for row in rows.values():
        first = rows.get(row.group)
        if row.hidden_with == row.key:
            heads.add(row.key)
        elif row.hidden_with and row.hidden_with not in heads:
            return False
        if first is None or first.group != first.key or first.role != row.role:
            return False
        numbers.add((row.group, row.version))
        if row.hidden_with != row.key and leading.setdefault(row.group, row) is not row:
            return False
    groups = {row.group for row in rows.values()}
    return groups == leading.keys() and len(numbers) == len(rows) and _ends(rows, leading)


def _ends(rows: Mapping[str, Row], leading: Mapping[str, Row]) -> bool:
    """Return whether each way outwards ends with what is shown: nothing is inside itself."""
    ended: set[str] = set()
    for row in rows.values():
        way: list[str] = []
        on_way: set[str] = set()
        while row.hidden_with is not None and row.hidden_with not in ended:
            if row.hidden_with in on_way:
                return False
            way.append(row.hidden_with)
            on_way.add(row.hidden_with)
            row = leading[rows[row.hidden_with].group]
        ended.update(way)
    return True


def _alone(row: Row) -> Row:
    """Return a message that has no other versions."""
    row.group, row.version = row.key, 1
    return row


def _with_questions(rows: Mapping[str, Row]) -> Iterator[Row]:
    """Yield the messages, each answer with the question that it answers: as the file says, or else
    the one before it."""
    last: str | None = None
    before: set[str] = set()
    for row in rows.values():
        if row.role == Role.USER:
            last = row.key
        elif row.question not in before:
            row.question = last
        if row.role == Role.ASSISTANT and row.question is None:
            question = Row("\0question", Role.USER, NO_QUESTION, created_at=row.created_at)
            question.group = row.question = last = question.key
            before.add(question.key)
            yield question
        before.add(row.key)
        yield row
