"""The administrators' page of the log of security events: filtered, a page at a time, and as a file
for other programs."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated

from flask import Blueprint, render_template, request, stream_with_context
from flask_login import current_user
from pydantic import BeforeValidator, StringConstraints
from werkzeug.wrappers import Response

from app.background import in_turn
from app.config import current_config
from app.errors import Invalid
from app.events.payloads import rfc3339
from app.models import User, audit
from app.models.audit import ADDRESS_LENGTH, PAGE_EVENTS, Filter, Kind, Recorded
from app.models.user import normalized
from app.schemas import FormKey, Payload, check
from app.text import ValidText
from app.views.administration import require_admin, write_as_admin
from app.views.errors import ErrorPage
from app.views.forms import problem_in

blueprint = Blueprint("audit_log", __name__, url_prefix="/admin/log")
blueprint.before_request(require_admin)

KINDS = [each.value for each in Kind]
FIELDS = ("person", "kind", "since", "until")
COLUMNS = ("created_at", "kind", "actor", "about", "detail", "address")
# With these a spreadsheet takes a cell for a formula, which can send its neighbours elsewhere.
# https://owasp.org/www-community/attacks/CSV_Injection
FORMULA = ("=", "+", "-", "@", "\t", "\r")

Name = Annotated[ValidText, StringConstraints(max_length=ADDRESS_LENGTH)]


def _kind(text: str) -> str:
    if text and text not in KINDS:
        raise ValueError("choose one of the list")
    return text


def _day(text: object) -> date | None:
    """Return a day; None where the field is empty."""
    if not isinstance(text, str) or not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError("write a day, like 2026-03-07") from None


Day = Annotated[date | None, BeforeValidator(_day)]


class LogForm(Payload):
    """Which events: those by or about a person, of a kind, from one day to another, before one."""

    person: Name = ""
    kind: Annotated[str, BeforeValidator(_kind)] = ""
    since: Day = None
    until: Day = None
    before: FormKey | None = None

    @property
    def filter(self) -> Filter:
        """Return the filter; the last day is in it as a whole."""
        after = self.until and self.until < date.max and self.until + timedelta(days=1)
        return Filter(normalized(self.person), self.kind, _start(self.since), _start(after or None))


@blueprint.get("")
def show() -> str | ErrorPage:
    """Show a page of the log."""
    try:
        return _render(_form())
    except Invalid as error:
        return _render(LogForm(), problem_in(error)), error.http_status, {}


@blueprint.get("/export.csv")
def export_csv() -> Response:
    """Send the events as CSV."""
    return _export("csv", "text/csv; charset=utf-8", _csv)


@blueprint.get("/export.jsonl")
def export_json() -> Response:
    """Send the events as JSON, one in each line."""
    return _export("jsonl", "application/jsonl", _json_lines)


def _form() -> LogForm:
    return check(LogForm, {name: text for name, text in request.args.items() if text})


@in_turn()
def _render(form: LogForm, problems: dict[str, str] | None = None) -> str:
    events = audit.page_of(form.filter, form.before)
    return render_template(
        "admin/log.html",
        events=events,
        next=events[-1].id if len(events) == PAGE_EVENTS else None,
        kinds=KINDS,
        chosen={
            name: text
            for name in ("person", "kind", "since", "until")
            if (text := request.args.get(name))
        },
        days=current_config().audit_days,
        problems=problems or {},
    )


def _export(
    suffix: str, content_type: str, lines: Callable[[Iterator[Recorded]], Iterator[str]]
) -> Response:
    wanted, user_id = _form().filter, current_user.id
    about = " ".join(str(part) for part in wanted if part) or "everything"
    write_as_admin(lambda: audit.record(Kind.LOG_EXPORTED, detail=f"{suffix}: {about}"))
    events = audit.all_of(wanted, lambda: User.is_administrator(user_id))
    response = Response(stream_with_context(lines(events)), content_type=content_type)
    response.headers.set("Content-Disposition", "attachment", filename=f"midstream-log.{suffix}")
    return response


def _csv(events: Iterator[Recorded]) -> Iterator[str]:
    yield _row(COLUMNS)
    for event in events:
        yield _row([harmless(text) for text in _texts(event)])


def _json_lines(events: Iterator[Recorded]) -> Iterator[str]:
    for event in events:
        texts = dict(zip(COLUMNS, _texts(event), strict=True))
        yield json.dumps(texts, ensure_ascii=False) + "\n"


def _texts(event: Recorded) -> list[str]:
    at = rfc3339(event.created_at)
    return [at, event.kind, event.actor, event.about, event.detail, event.address]


def harmless(cell: str) -> str:
    """Return what a spreadsheet shows as the text that it is."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def _row(cells: Sequence[str]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue()


def _start(day: date | None) -> datetime | None:
    return None if day is None else datetime.combine(day, time(), UTC)
