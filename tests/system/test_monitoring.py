"""What an operator sees of a real server: its log, its metrics, and that nobody waits for them."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

from tests.support.agreement import agreed
from tests.support.cast import Cast
from tests.support.database import Database
from tests.support.http_session import BrowserSession
from tests.support.reader import Reader
from tests.support.server import ADDRESS, ROOT, Server, environment
from tests.support.services import free_port
from tests.support.waiting import eventually

pytestmark = pytest.mark.system

SHORT = "/think 3 /tokens 20 /rate 100"
SECONDS = 60.0
PIPE_BYTES = 4096
REQUESTS = 60

Read = Callable[..., Reader]


@pytest.fixture(scope="module")
def metrics_port() -> int:
    """A port for the metrics."""
    return free_port()


@pytest.fixture(scope="module")
def settings(metrics_port: int) -> dict[str, str]:
    return {"LOG_FORMAT": "json", "METRICS_PORT": str(metrics_port)}


def metrics(port: int) -> dict[str, float]:
    """Return the metrics of a process, by name with labels."""
    text = requests.get(f"http://127.0.0.1:{port}/metrics", timeout=20).text
    samples = [each for family in text_string_to_metric_families(text) for each in family.samples]
    return {"/".join([each.name, *each.labels.values()]): each.value for each in samples}


def lines(server: Server) -> list[dict[str, Any]]:
    """Return the lines of a server's log, but for where it is."""
    written = [line for line in server.output.splitlines() if not ADDRESS.fullmatch(line)]
    return [json.loads(line) for line in written]


@pytest.mark.async_mode
def test_a_page_a_join_and_an_answer_are_a_line_each_and_counted(
    server: Server, cast: Cast, database: Database, read: Read, metrics_port: int
) -> None:
    before = metrics(metrics_port)
    page = BrowserSession(server.url).sign_in(cast.olive)
    where = database.conversation(cast.olive, cast.max)
    reader = read(cast.max, where)
    reply = reader.send(SHORT)["reply"]
    assert agreed([reader], reply, database).status == "complete"
    eventually(lambda: [each for each in lines(server) if each["message"] == "answer"])
    now = metrics(metrics_port)
    page.close()

    found = {each["message"]: each for each in lines(server)}
    pid = server.process and server.process.pid
    assert all(each["process"] == pid and each["level"] == "INFO" for each in found.values())
    assert all(set(each) >= {"time", "level", "process", "logger"} for each in found.values())
    assert found["request"]["path"] == "/conversations" and found["request"]["ms"] > 0
    assert (found["join"]["conversation"], found["join"]["kind"]) == (where, "first")
    answer = found["answer"]
    assert (answer["answer"], answer["status"], answer["model"]) == (reply, "complete", "demo")
    assert answer["entries"] > 0 and answer["ms"] >= answer["first_ms"] > 0
    for name in ("entries_total", "joins_total/first", "answers_total/complete"):
        assert now[f"midstream_{name}"] > before[f"midstream_{name}"]
    assert now["midstream_readers/websocket"] == 1
    assert now["midstream_first_token_seconds_count/demo"] == 1
    assert eventually(lambda: metrics(metrics_port)["midstream_loop_lag_seconds_count"]) > 0


def test_only_this_machine_sees_metrics_and_nothing_else_is_there(
    server: Server, metrics_port: int
) -> None:
    assert requests.get(f"{server.url}/metrics", timeout=20).status_code == 404
    url = f"http://127.0.0.1:{metrics_port}"
    assert requests.get(f"{url}/", timeout=20).status_code == 404
    assert requests.get(f"{url}/login", timeout=20).status_code == 404
    listening = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    here = [
        row[1] for row in listening if row[3] == "0A" and row[1].endswith(f":{metrics_port:04X}")
    ]
    assert here == [f"0100007F:{metrics_port:04X}"]


@pytest.mark.async_mode
def test_a_log_that_nobody_reads_holds_up_nobody(
    database_url: str, cast: Cast, database: Database, read: Read
) -> None:
    env = environment(database_url, LOG_FORMAT="json")
    words = [sys.executable, "wsgi.py"]
    end, stderr = os.pipe()  # the test reads nothing of it
    fcntl.fcntl(stderr, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
    with subprocess.Popen(words, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=stderr) as it:
        assert it.stdout
        try:
            url = it.stdout.readline().decode().split()[-1]
            with requests.Session() as session:
                for _ in range(REQUESTS):  # more lines than the pipe holds
                    assert session.get(f"{url}/manifest.webmanifest", timeout=20).ok
            where = database.conversation(cast.olive)
            reader = read(cast.olive, where, url)
            assert agreed([reader], reader.send(SHORT)["reply"], database).status == "complete"
        finally:
            it.send_signal(signal.SIGTERM)
            began = time.monotonic()
            assert it.wait(SECONDS) == 0, "it ends, too"
            os.close(stderr)
    assert time.monotonic() - began < SECONDS
    written = b""
    while data := os.read(end, PIPE_BYTES):
        written += data
    os.close(end)
    assert 0 < written.count(b"\n") < REQUESTS, "precondition: the pipe was full"
