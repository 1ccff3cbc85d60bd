"""The account's page of exports and imports."""

from __future__ import annotations

import io
import json
import logging
import re
from contextvars import Context
from datetime import timedelta
from typing import Any
from zipfile import ZipFile

import pytest
from flask import Flask

from app.database import read, write
from app.extensions import db
from app.jobs import current_jobs, keeping
from app.models import Job, JobPiece, job
from app.models.columns import now
from app.models.deleting import delete_person
from app.models.job import BUSY, MOST_ATTEMPTS, Kind, State
from app.server.sweeping import sweep_jobs
from app.views import import_upload
from tests.importing import examples
from tests.support.browser import Browser
from tests.support.cast import Cast
from tests.support.harness import Harness
from tests.support.http_session import csrf_token
from tests.support.socket import Socket

PAGE = "/account/data"
ACTION = re.compile(r'action="(/account/data/jobs/[0-9a-f]{32}/\w+)"')
DOWNLOAD = re.compile(r'href="(/account/data/jobs/[0-9a-f]{32}/download)"')


class Data:
    """A person at the page, whose jobs run when the test says so."""

    def __init__(self, harness: Harness, browser: Browser) -> None:
        self.harness, self.browser = harness, browser

    @property
    def page(self) -> str:
        return self.browser.open(PAGE).text

    def export(self, form: str = "json") -> Any:
        return self.browser.post(f"{PAGE}/export", form_on=PAGE, format=form)

    def send(self, data: bytes, name: str = "conversations.json", **fields: Any) -> Any:
        form = {"csrf_token": csrf_token(self.browser.open("/account").text), **fields}
        return self.browser.post_bare(f"{PAGE}/import", **form, file=(io.BytesIO(data), name))

    def press(self, name: str) -> Any:
        action = next(each for each in ACTION.findall(self.page) if each.endswith(name))
        return self.browser.post(action, form_on="/account")

    def run(self) -> None:
        self.harness.run_later()

    def download(self) -> Any:
        found = DOWNLOAD.search(self.page)
        assert found, self.page
        return self.browser.open(found[1])


@pytest.fixture
def olive(app: Flask, harness: Harness, cast: Cast) -> Data:
    return Data(harness, Browser(app).signed_in(cast.olive))


@pytest.fixture
def eve(app: Flask, harness: Harness, cast: Cast) -> Data:
    return Data(harness, Browser(app).signed_in(cast.eve))


@pytest.mark.parametrize(("form", "suffix"), [("json", ".json"), ("markdown", ".md")])
def test_everything_that_one_can_read_is_exported(
    olive: Data,
    eve: Data,
    harness: Harness,
    cast: Cast,
    conversation: str,
    form: str,
    suffix: str,
) -> None:
    harness.answered(conversation, cast.max)
    assert olive.export(form).status_code == 303
    assert "It waits for its turn." in olive.page and 'http-equiv="refresh"' in olive.page
    olive.run()
    assert "1 conversation as" in olive.page and 'http-equiv="refresh"' not in olive.page
    answer = olive.download()
    assert answer.headers["Content-Type"] == "application/zip"
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=midstream-")
    assert answer.content_length == len(answer.data)
    with ZipFile(io.BytesIO(answer.data)) as archive:
        assert archive.testzip() is None
        [name] = archive.namelist()
        assert name.startswith("0001 ") and name.endswith(suffix)
    assert eve.browser.open(DOWNLOAD.search(olive.page)[1]).status_code == 404  # type: ignore[index]
    assert DOWNLOAD.search(eve.page) is None


def test_a_second_one_is_refused_until_the_first_has_ended(olive: Data) -> None:
    olive.export()
    for refused in (olive.export(), olive.send(b"[]")):
        assert refused.status_code == 409 and BUSY in refused.text
    assert olive.press("cancel").status_code == 303
    olive.run()
    assert "Cancelled" in olive.page and DOWNLOAD.search(olive.page) is None
    assert olive.export().status_code == 303


def test_of_two_at_the_same_moment_one_is_refused(
    olive: Data, monkeypatch: pytest.MonkeyPatch
) -> None:
    olive.export()
    monkeypatch.setattr(Job, "active_of", lambda _user_id: db.select(Job).where(Job.id < 0))
    assert olive.export().status_code == 409


def test_a_download_ends_with_its_time(olive: Data, harness: Harness, conversation: str) -> None:
    olive.export()
    olive.run()
    address = DOWNLOAD.search(olive.page)[1]  # type: ignore[index]
    write(lambda: setattr(only_job(), "expires_at", now() - timedelta(seconds=1)))
    assert olive.browser.open(address).status_code == 404
    sweep_jobs()
    assert read(lambda: [db.session.query(each).count() for each in (Job, JobPiece)]) == [0, 0]


def only_job() -> Job:
    return db.session.scalars(db.select(Job).order_by(Job.id.desc())).first()  # type: ignore[return-value]


def test_an_import_is_looked_at_first(olive: Data, harness: Harness) -> None:
    everything = json.dumps([examples.bees(), examples.tea(), {"title": "Odd"}]).encode()
    assert olive.send(everything, name="my\u202e conversations.json").status_code == 303
    assert "It waits for its turn." in olive.page
    olive.run()
    page = olive.page
    assert "In the file" in page and "ChatGPT, Open WebUI" in page and "2 conversations" in page
    assert "It is in none of the formats" in page
    assert "Bees" not in olive.browser.open("/conversations").text
    assert olive.press("start").status_code == 303
    olive.run()
    assert "Imported" in olive.page
    assert "Bees" in olive.browser.open("/conversations").text
    sweep_jobs()
    assert read(lambda: db.session.query(JobPiece).count()) == 0
    assert "Imported" in olive.page, "the report stays"

    olive.send(everything)
    olive.run()
    assert "Here already" in olive.page and "Import now" not in olive.page
    olive.press("cancel")


def test_a_zip_file_of_several_pieces(
    olive: Data, harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (job, import_upload, keeping.running):
        monkeypatch.setattr(module, "PIECE_BYTES", 500)
    out = io.BytesIO()
    with ZipFile(out, "w") as archive:
        archive.writestr("conversations.json", json.dumps([examples.bees()]))
    olive.send(out.getvalue(), "export.zip")
    assert read(lambda: only_job().pieces) > 2
    olive.run()
    assert "ChatGPT" in olive.page


def test_a_file_that_is_larger_than_one_read(olive: Data, harness: Harness) -> None:
    many = [examples.bees() | {"conversation_id": str(number)} for number in range(60)]
    data = json.dumps(many).encode()
    assert len(data) > 2 * import_upload.READ_BYTES, "precondition"
    olive.send(data)
    assert read(lambda: only_job().size) == len(data)
    olive.run()
    assert "60 conversations" in olive.page


@pytest.mark.parametrize("data", [b"no JSON", b"PK\x03\x04", b"[]"])
def test_what_can_not_be_read_is_said(olive: Data, data: bytes) -> None:
    olive.send(data)
    olive.run()
    assert "notice-bad" in olive.page
    assert olive.send(data).status_code == 303, "another file can be sent"


def test_a_file_that_does_not_come_leaves_no_job(
    olive: Data, harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert olive.send(b"").status_code == 400
    monkeypatch.setattr(import_upload, "MAX_FILE_BYTES", 100)
    assert olive.send(b"x" * 200).status_code == 413
    assert olive.send(b"x" * 30_000).status_code == 413
    assert olive.export().status_code == 303


@pytest.mark.parametrize("body", [b"", b"--b\r\n", b"--b\r\nno header\r\n\r\n", b"x" * 20_000])
@pytest.mark.parametrize("kind", ["multipart/form-data; boundary=b", "multipart/form-data", "a/b"])
def test_a_broken_form_is_refused(olive: Data, body: bytes, kind: str) -> None:
    post = olive.browser.client.post
    answer = Context().run(lambda: post(f"{PAGE}/import", data=body, content_type=kind))
    assert answer.status_code in (400, 413)


def test_a_file_needs_the_token_before_it(olive: Data) -> None:
    browser, head = olive.browser, "--b\r\nContent-Disposition: form-data; name="
    file = f'{head}"file"; filename="x.json"\r\n\r\n[]\r\n'
    token = f'{head}"csrf_token"\r\n\r\n{csrf_token(olive.page)}\r\n'
    for parts, status in ((file + token, 400), (token, 400), (token + file, 303)):
        data, kind = f"{parts}--b--\r\n", "multipart/form-data; boundary=b"
        post = lambda: browser.client.post(f"{PAGE}/import", data=data, content_type=kind)  # noqa: B023, E731
        assert Context().run(post).status_code == status
    olive.press("cancel")
    write(lambda: db.session.query(Job).delete())
    wrong = {"csrf_token": "guessed", "file": (io.BytesIO(b"[]"), "x.json")}
    assert browser.post_bare(f"{PAGE}/import", **wrong).status_code == 400
    assert read(lambda: db.session.query(Job).count()) == 0


def test_nobody_else_can_touch_a_job(olive: Data, eve: Data) -> None:
    olive.send(json.dumps([examples.bees()]).encode())
    olive.run()
    for address in ACTION.findall(olive.page):
        assert eve.browser.post(address, form_on="/account").status_code == 404
    for name in ("start", "cancel"):
        address = f"{PAGE}/jobs/{'0' * 32}/{name}"
        assert eve.browser.post(address, form_on="/account").status_code == 404
        assert eve.browser.open(address).location == PAGE
    assert eve.browser.open(f"{PAGE}/jobs/x/download").status_code == 404
    assert olive.press("start").status_code == 303


def test_what_was_looked_at_is_imported_once(olive: Data, harness: Harness) -> None:
    olive.send(json.dumps([examples.bees()]).encode())
    olive.run()
    [start] = [each for each in ACTION.findall(olive.page) if each.endswith("start")]
    assert olive.browser.post(start, form_on="/account").status_code == 303
    assert olive.browser.post(start, form_on="/account").status_code == 409
    olive.run()
    assert "Imported" in olive.page


def test_its_maker_is_told_how_far_a_job_is(
    olive: Data, harness: Harness, cast: Cast, conversation: str
) -> None:
    socket = Socket(harness.app, cast.olive.token)
    socket.ask("conversations", {"follow": True})
    stranger = Socket(harness.app, cast.eve.token)
    stranger.ask("conversations", {"follow": True})
    olive.export()
    olive.run()
    told = [payload for event, payload in socket.received() if event == "job"]
    assert (
        told[-1] | {"id": ""}
        == {"id": "", "kind": "export", "state": "done", "done": 1, "total": 1}
        or told
    )
    assert [event for event, _ in stranger.received() if event == "job"] == []


def test_a_job_whose_process_is_gone_is_taken_over(
    olive: Data, harness: Harness, monkeypatch: pytest.MonkeyPatch, conversation: str
) -> None:
    olive.export()
    harness.later.clear()  # the process that would have run it is gone
    jobs = current_jobs()
    write(lambda: job.claim(only_job().id, only_job().lease))
    jobs.run_due()
    assert not harness.later, "its lease may still be renewed"
    monkeypatch.setattr(keeping.time, "monotonic", lambda: 1e9)
    jobs.run_due()
    harness.run_later()
    assert read(lambda: only_job().state) == State.DONE


def test_a_process_that_is_ending_takes_no_job(
    olive: Data, harness: Harness, conversation: str
) -> None:
    harness.runtime.is_shutting_down = True
    olive.export()
    harness.run_later()
    assert read(lambda: only_job().state) == State.WAITING, "another one takes it"
    assert not current_jobs().is_running


def test_a_job_that_ends_each_server_fails(
    olive: Data, harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    olive.export()
    harness.later.clear()
    write(lambda: setattr(only_job(), "attempts", MOST_ATTEMPTS))
    current_jobs().run_due()
    assert "The server was stopped 3 times" in olive.page


def test_an_upload_whose_server_is_gone_fails(
    olive: Data, harness: Harness, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = harness.user(cast.olive)
    write(lambda: Job.begin(key, Kind.PREVIEW, State.UPLOADING, file_name="x"))
    current_jobs().run_due()
    monkeypatch.setattr(keeping.time, "monotonic", lambda: 1e9)
    current_jobs().run_due()
    assert "has not arrived as a whole" in olive.page


def test_what_goes_wrong_is_logged_and_said(
    olive: Data, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: Any) -> None:
        raise OSError("secret")

    monkeypatch.setattr(keeping.running, "write_archive", broken)
    olive.export()
    olive.run()
    assert "Something went wrong on the server." in olive.page and "secret" not in olive.page
    assert "has failed.\nTraceback" in caplog.text


@pytest.mark.parametrize("step", ["_detached", "write_archive", "_export"])
def test_a_job_goes_with_the_account_of_its_maker(
    olive: Data,
    harness: Harness,
    cast: Cast,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    step: str,
) -> None:
    """Whatever it is at: nothing of it is left, and it is no fault for the log."""
    work = getattr(keeping.running, step)

    def late(*args: Any) -> Any:
        monkeypatch.setattr(keeping.running, step, work)
        delete_person(harness.user(cast.olive))
        return work(*args)

    harness.database.conversation(cast.olive)
    olive.export()
    monkeypatch.setattr(keeping.running, step, late)
    olive.run()
    assert read(lambda: [db.session.query(each).count() for each in (Job, JobPiece)]) == [0, 0]
    assert not [each for each in caplog.records if each.levelno >= logging.WARNING]
