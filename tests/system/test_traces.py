"""An answer's way from the question to its end is a trace, which a real collector gets."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.agreement import agreed
from tests.support.cast import Cast
from tests.support.database import Database
from tests.support.http_session import BrowserSession
from tests.support.otlp_receiver import Received, otlp_receiver
from tests.support.reader import Reader
from tests.support.server import Server, environment, run_python
from tests.support.transport import Transport
from tests.support.waiting import eventually

pytestmark = pytest.mark.system

Read = Callable[..., Reader]

QUESTION = "/think 3 /tokens 60 /rate 40"
TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
TRACEPARENT = f"00-{TRACE}-{PARENT}-01"
HIDE = """
import sys
sys.modules["opentelemetry"] = None
import runpy
sys.argv[:] = ["wsgi.py"]
runpy.run_path("wsgi.py", run_name="__main__")
"""


@pytest.fixture(scope="module")
def collector() -> Iterator[Received]:
    """A collector of traces."""
    with otlp_receiver() as received:
        yield received


@pytest.fixture(scope="module")
def settings(collector: Received) -> dict[str, str]:
    return {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, "OTEL_SERVICE_NAME": "chat"}


@pytest.mark.async_mode
def test_an_answers_way_is_a_trace(
    server: Server, cast: Cast, database: Database, read: Read, collector: Received
) -> None:
    where = database.conversation(cast.olive)
    reader = read(cast.olive, where)
    with Transport(server.url, traceparent=TRACEPARENT) as asker:
        assert asker.connect(token=cast.olive.token) == "0"
        reply = asker.ask("send", {"conversation": where, "content": QUESTION})["reply"]
        assert agreed([reader], reply, database).status == "complete"
    (answer,) = eventually(lambda: collector.named("answer"), what="no span has come")
    (send,) = eventually(lambda: collector.named("send"))
    (model,) = eventually(lambda: collector.named("model"))
    assert {each.trace_id for each in (send, answer, model)} == {TRACE}, (
        "the caller's trace goes on"
    )
    assert (send.parent_id, answer.parent_id, model.parent_id) == (
        PARENT,
        send.span_id,
        answer.span_id,
    )
    assert answer.service == "chat"
    assert answer.attributes["answer"] == reply and answer.attributes["status"] == "complete"
    assert (answer.attributes["model"], model.attributes["model"]) == ("demo", "demo")
    way = [name for name in answer.events if name != "first token"]
    assert len(answer.events) - len(way) == 1
    assert len(way) >= 4 and way == ["commit", "emit"] * (len(way) // 2)
    assert len(way) < 2 * answer.attributes["entries"] + 2
    assert send.began <= answer.began <= model.began <= model.ended <= answer.ended


def test_pages_are_spans_of_their_rule(
    server: Server, cast: Cast, database: Database, collector: Received
) -> None:
    page = BrowserSession(server.url).sign_in(cast.olive)
    where = database.conversation(cast.olive)
    headers = {"traceparent": TRACEPARENT}
    assert page.http.get(f"{server.url}/conversations/{where}", headers=headers, timeout=20).ok
    page.http.get(f"{server.url}/share/a-secret", timeout=20)
    page.close()
    (found,) = eventually(lambda: collector.named("GET /conversations/<public_id>"))
    assert (found.trace_id, found.attributes["status"]) == (TRACE, 200)
    (shared,) = eventually(lambda: collector.named("GET /share/<secret>"))
    assert shared.trace_id != TRACE and "a-secret" not in str(collector.spans)


def test_a_collector_that_is_away_is_one_line_and_nobodys_trouble(
    server: Server, cast: Cast, database: Database, read: Read, collector: Received
) -> None:
    collector.status = 400
    reader = read(cast.olive, database.conversation(cast.olive))
    assert agreed([reader], reader.send(QUESTION)["reply"], database).status == "complete"
    fails = "Sending traces fails: the collector does not take them."
    eventually(lambda: fails in server.output)
    collector.status = 200
    assert agreed([reader], reader.send(QUESTION)["reply"], database).status == "complete"
    eventually(lambda: "Sending traces works again" in server.output)
    assert server.output.count("Sending traces") == 2


def test_without_the_packages_the_start_says_what_is_missing(
    database_url: str, cast: Cast, collector: Received
) -> None:
    env = environment(database_url, OTEL_EXPORTER_OTLP_ENDPOINT=collector.url)
    ran = run_python("-c", HIDE, env=env)
    assert ran.returncode == 1
    assert ran.stderr == (
        "midstream: OTEL_EXPORTER_OTLP_ENDPOINT needs the packages in requirements-tracing.txt.\n"
    )


def test_what_waits_is_sent_at_the_end(
    database_url: str, tmp_path: Path, cast: Cast, collector: Received
) -> None:
    settings = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, "OTEL_SERVICE_NAME": "brief"}
    with Server(database_url, tmp_path / "server.log", **settings) as brief:
        BrowserSession(brief.url).sign_in(cast.olive).close()
    assert any(each.service == "brief" for each in collector.named("POST /login"))
