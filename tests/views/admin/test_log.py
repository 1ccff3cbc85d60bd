"""The log of security events: what is in it, what is not, and its page and files."""

from __future__ import annotations

import csv
import json
import re
from datetime import timedelta

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from app.errors import Conflict
from app.extensions import db
from app.models import AuditEvent, User, audit
from app.models.audit import Filter, Kind, Recorded
from app.models.columns import now
from app.server.sweeping import sweep_hourly
from app.views.audit_log import harmless
from tests.support.browser import Browser
from tests.support.cast import PASSWORD, Cast
from tests.support.database import Database
from tests.support.harness import Harness

NEW_PASSWORD = "a new one, long enough"


def events(database: Database, **wanted: str) -> list[Recorded]:
    """Return the events, the oldest first."""
    with database.app.app_context():
        return list(audit.all_of(Filter(**wanted)))[::-1]


def kinds(database: Database, **wanted: str) -> list[str]:
    return [event.kind for event in events(database, **wanted)]


def test_what_people_do_is_in_it_and_no_secret(
    app: Flask, cast: Cast, admin: Browser, database: Database
) -> None:
    begin = len(events(database))
    where = database.conversation(cast.olive, title="Nobody else's business")
    here, olive = f"/conversations/{where}", Browser(app)
    secrets = [PASSWORD, NEW_PASSWORD, "Nobody else's business", "not hers"]

    def sent(path: str, form_on: str, **fields: str) -> TestResponse:
        answer = olive.post(path, form_on=form_on, **fields)
        assert answer.status_code in (302, 303, 422), (path, answer.status_code)
        return answer

    sent("/login", "/login", email=cast.olive.email, password="not hers")
    sent("/login", "/login", email="nobody@example.org", password="not hers")
    sent("/login", "/login", email=cast.olive.email, password=PASSWORD)
    sent("/account/tokens", "/account/tokens", name="phone")
    secrets += re.findall(r"midstream_[\w-]{43}", olive.open("/account/tokens").text)
    sent("/account/tokens/revoke", "/account/tokens", name="phone")
    sent(f"{here}/people", f"{here}/people", who=cast.max.email)
    sent(f"{here}/links", f"{here}/people")
    secrets += re.findall(r"midstream_link_[\w-]{43}", olive.open(f"{here}/people").text)
    sent(f"{here}/share", f"{here}/share")
    secrets += re.findall(r"midstream_share_[\w-]{43}", olive.open(f"{here}/share").text)
    fields = {"current": PASSWORD, "new": NEW_PASSWORD}
    sent("/account/password", "/account/security", **fields)
    sent("/logout", "/account")
    assert len(set(secrets)) == 7, "precondition: all secrets were found"

    found = events(database)[begin:]
    assert [(event.kind, event.actor, event.about) for event in found] == [
        ("sign-in-failed", "", cast.olive.email),
        ("sign-in-failed", "", ""),
        ("sign-in", cast.olive.email, cast.olive.email),
        ("token-made", cast.olive.email, cast.olive.email),
        ("token-revoked", cast.olive.email, cast.olive.email),
        ("member-added", cast.olive.email, cast.max.email),
        ("link-made", cast.olive.email, ""),
        ("share-made", cast.olive.email, ""),
        ("password", cast.olive.email, cast.olive.email),
        ("sign-in", cast.olive.email, cast.olive.email),
        ("sign-out", cast.olive.email, cast.olive.email),
    ]
    assert {event.address for event in found} == {"127.0.0.1"}
    texts = [admin.open(f"/admin/log{part}").text for part in ("", "/export.csv", "/export.jsonl")]
    for text in texts:
        assert cast.olive.email in text
        assert not [secret for secret in secrets if secret in text]


def test_what_is_not_committed_is_not_in_it(
    app: Flask, cast: Cast, database: Database, context: None
) -> None:
    before = events(database)

    def change() -> None:
        user = User.by_email(cast.olive.email)
        assert user
        user.set_admin(True)
        raise Conflict

    with pytest.raises(Conflict):
        database.write(change)
    assert events(database) == before


def test_it_can_be_filtered(admin: Browser, cast: Cast, database: Database) -> None:
    admin.post("/admin/use", form_on="/admin/use", email=cast.eve.email, limit="5 dollars")
    page = admin.open(f"/admin/log?person=EVE@example.org&kind={Kind.LIMIT}").text
    assert "5 dollars" in page and page.count("<time") == 1
    assert kinds(database, person=cast.eve.email) == ["token-made", "limit"]
    before, today = (f"{now() - timedelta(days=ago):%Y-%m-%d}" for ago in (2, 0))
    assert "5 dollars" in admin.open(f"/admin/log?since={today}&until={today}").text
    assert "no such events" in admin.open(f"/admin/log?until={before}").text
    assert "no such events" in admin.open("/admin/log?person=nobody@example.org").text


@pytest.mark.parametrize(
    ("query", "field"),
    [
        *(("kind=unknown", "kind"), ("since=yesterday", "since"), ("until=2026-02-30", "until")),
        *((f"person={'x' * 255}", "person"), ("person=%00", "person")),
    ],
)
def test_a_field_that_makes_no_sense_is_named(admin: Browser, query: str, field: str) -> None:
    refused = admin.open(f"/admin/log?{query}")
    assert refused.status_code == 400
    assert f'id="problem-{field}"' in refused.text
    assert admin.open(f"/admin/log/export.csv?{query}").status_code == 400


def test_pages_and_files_have_all_of_it_once(
    admin: Browser, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "PAGE_EVENTS", 2)
    monkeypatch.setattr("app.views.audit_log.PAGE_EVENTS", 2)
    expected = [event.kind for event in reversed(events(database))]
    path, seen = "/admin/log", []
    while path:
        page = admin.open(path).text
        seen += re.findall(r"<td>([A-Z][\w\u2019 ]+)</td>", page)
        found = re.search(r'href="(/admin/log\?before=\d+)">Earlier', page)
        path = found[1] if found else ""
    assert len(seen) == len(expected) > 4, "precondition: there are several pages"
    lines = admin.open("/admin/log/export.jsonl").text.splitlines()
    exported = [json.loads(line) for line in lines]
    assert [each["kind"] for each in exported] == ["log-exported", *expected]
    table = list(csv.DictReader(admin.open("/admin/log/export.csv").text.splitlines()))
    assert [each["kind"] for each in table] == ["log-exported", "log-exported", *expected]
    assert table[2:] == exported[1:]


def test_an_export_ends_with_the_right_to_it(
    app: Flask, admin: Browser, cast: Cast, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "PAGE_EVENTS", 2)
    answer = admin.client.get("/admin/log/export.jsonl")
    chunks = answer.iter_encoded()
    first = [next(chunks), next(chunks)]
    database.write(lambda: User.by_email(cast.max.email).set_admin(False))  # type: ignore[union-attr]
    assert (len(first), list(chunks)) == (2, [])


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_cell_is_a_formula(admin: Browser, cast: Cast, database: Database, cell: str) -> None:
    assert harmless(cell) == f"'{cell}"
    assert harmless(f"a{cell}") == f"a{cell}"
    database.write(lambda: audit.record(Kind.BANNER, detail=cell))
    [row] = csv.DictReader(admin.open("/admin/log/export.csv?kind=banner").text.splitlines())
    assert row["detail"].startswith("'") or not cell.strip().startswith(cell[0])


def test_old_events_go_and_so_do_too_many(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "REMOVED_AT_ONCE", 3)
    monkeypatch.setattr(audit, "MOST_FAILED", 4)
    database = harness.database
    for _ in range(8):
        database.write(lambda: audit.record(Kind.SIGN_IN_FAILED))
        database.write(lambda: audit.record(Kind.BANNER, detail="x" * 1000))
    long_ago = now() - timedelta(days=366)
    old = db.select(AuditEvent.id).where(AuditEvent.kind == Kind.BANNER).limit(5)
    aged = db.update(AuditEvent).where(AuditEvent.id.in_(old)).values(created_at=long_ago)
    database.write(lambda: db.session.execute(aged))
    sweep_hourly()
    assert kinds(database, kind=Kind.SIGN_IN_FAILED) == ["sign-in-failed"] * 4
    assert kinds(database, kind=Kind.BANNER) == ["banner"] * 3, "strangers push no others out"
    database.write(lambda: audit.record(Kind.SIGN_IN_FAILED))
    sweep_hourly()
    assert len(kinds(database, kind=Kind.SIGN_IN_FAILED)) == 5, "once in an hour"
