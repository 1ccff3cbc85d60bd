"""Groups of processes behind nginx, with the file in deploy/: whoever reads a conversation comes to
one of them, as long as it is there."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

from tests.support.agreement import agreed
from tests.support.cast import Cast
from tests.support.database import Database
from tests.support.http_session import BrowserSession
from tests.support.reader import Reader
from tests.support.server import ROOT, Server
from tests.support.services import free_port
from tests.support.waiting import eventually

pytestmark = [pytest.mark.system, pytest.mark.nginx, pytest.mark.redis]
Read = Callable[..., Reader]

FILE = (ROOT / "deploy" / "nginx-by-conversation.conf").read_text("utf-8")
SERVERS = re.compile(r"^ +server 127\.0\.0\.1:\d+ (max_fails=0;).*\n", re.MULTILINE)
CONFIGURATION = """\
daemon off;
pid {folder}/nginx.pid;
{user}
events {{}}
http {{
    client_body_temp_path {folder}/bodies;
    proxy_temp_path {folder}/proxied;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    log_format served "$midstream_key $upstream_addr";
    access_log {folder}/served.log served;
    {file}
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://midstream;
            proxy_http_version 1.1;
            proxy_set_header Host $http_host;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection upgrade;
        }}
    }}
}}
"""
QUESTION = "/tokens 40 /rate 80"
CONVERSATIONS = 12  # hardly all of them come to one process


@pytest.fixture(scope="module")
def groups(database_url: str, redis_url: str, folder: Path) -> Iterator[tuple[Server, Server]]:
    settings = {"REDIS_URL": redis_url, "TRUSTED_PROXIES": "1"}
    with (
        Server(database_url, folder / "one.log", **settings) as one,
        Server(database_url, folder / "two.log", **settings) as two,
    ):
        yield one, two


@pytest.fixture(scope="module")
def nginx(groups: tuple[Server, Server], folder: Path) -> Iterator[str]:
    """The address of nginx; it logs who has served which conversation."""
    servers = "".join(f"server {each.url.partition('//')[2]} max_fails=0;\n" for each in groups)
    assert len(SERVERS.findall(FILE)) == 2, "two are the example"
    file = SERVERS.sub("", FILE).replace("consistent;\n", f"consistent;\n{servers}")
    user = "user root;" if os.geteuid() == 0 else ""  # else it can't enter the test's folder
    port = free_port()
    text = CONFIGURATION.format(folder=folder, user=user, file=file, port=port)
    (folder / "nginx.conf").write_text(text)
    program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    assert program, "nginx is not installed"
    command = [program, "-c", f"{folder}/nginx.conf", "-e", f"{folder}/error.log"]
    url = f"http://127.0.0.1:{port}"
    with subprocess.Popen([*command, "-p", str(folder)]) as process:
        try:
            eventually(lambda: answers(url))
            yield url
        finally:
            process.terminate()


def answers(url: str) -> bool:
    try:
        return requests.get(f"{url}/healthz", timeout=5).ok
    except requests.ConnectionError:
        return False


def served(folder: Path) -> dict[str, set[str]]:
    """Return the processes that have served each conversation; None is a request of none."""
    found = defaultdict(set)
    for line in (folder / "served.log").read_text().splitlines():
        key, _, process = line.partition(" ")
        found[key].add(process)
    return found


def test_who_reads_together_is_in_one_process_and_moves_when_it_ends(
    groups: tuple[Server, Server],
    nginx: str,
    database: Database,
    cast: Cast,
    read: Read,
    folder: Path,
) -> None:
    browser = BrowserSession(nginx).sign_in(cast.olive)
    wheres = [database.conversation(cast.olive, cast.max) for _ in range(CONVERSATIONS)]

    def follow(where: str) -> list[Reader]:
        address = f"{nginx}?conversation={where}"
        return [read(person, where, address) for person in (cast.olive, cast.max)]

    readers = {where: follow(where) for where in wheres}
    replies = {where: each[0].send(QUESTION)["reply"] for where, each in readers.items()}
    for where in wheres:
        assert browser.http.get(f"{nginx}/conversations/{where}", timeout=30).ok
        assert agreed(readers[where], replies[where], database).status == "complete"
        for reader in readers[where]:
            reader.cut()

    eventually(lambda: len((folder / "served.log").read_text().splitlines()) > 3 * CONVERSATIONS)
    processes = served(folder)
    assert {len(processes[where]) for where in wheres} == {1}
    assert len(set().union(*(processes[where] for where in wheres))) == 2

    one = groups[0].url.partition("//")[2]
    where = next(where for where in wheres if processes[where] == {one})
    groups[0].kill()
    again = follow(where)
    reply = again[0].send(QUESTION)["reply"]
    assert agreed(again, reply, database).status == "complete"
    groups[0].start()
