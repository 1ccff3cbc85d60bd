"""nginx in front of a server, with exactly the blocks that docs/operations.md shows."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

from tests.support.server import ROOT
from tests.support.services import free_port
from tests.support.waiting import eventually

OPERATIONS = (ROOT / "docs" / "operations.md").read_text("utf-8")
BLOCK = re.compile(r"```nginx\n(.*?)```", re.DOTALL)
SETTING = re.compile(r"proxy_set_header \S+|\S+")  # what a line sets
DOCUMENTED_SERVER = "http://127.0.0.1:5000"
DOCUMENTED_PREFIX = "/chat"
CONFIGURATION = """\
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
{user}
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/bodies;
    proxy_temp_path {folder}/proxied;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    {map}
    server {{
        listen 127.0.0.1:{port}{tls};
        {location}
    }}
}}
"""
TLS = " ssl;\n        ssl_certificate {0}/cert.pem;\n        ssl_certificate_key {0}/key.pem"
MAKE_CERTIFICATE = (
    "openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem"
    " -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1"
)


def documented_blocks(*, below_a_path: bool) -> tuple[str, str]:
    """Return the blocks `location` and `map`; with the lines that the third one replaces."""
    location, map, path = BLOCK.findall(OPERATIONS)
    if not below_a_path:
        return location, map
    replaced = {_setting(line): line for line in path.splitlines()}
    lines = [replaced.pop(_setting(line), line) for line in location.splitlines()]
    assert not replaced, "each line must have one that it replaces"
    return "\n".join(lines), map


def _setting(line: str) -> str:
    found = SETTING.search(line)
    return found[0] if found else ""


@contextmanager
def nginx_server(
    target: str, folder: Path, *, below_a_path: bool = False, tls: bool = False
) -> Iterator[str]:
    """Run nginx in front of the server at `target`; yield its URL, on a port that is not usual.

    With TLS its certificate is `folder / "cert.pem"`.
    """
    location, map = documented_blocks(below_a_path=below_a_path)
    assert location.count(DOCUMENTED_SERVER) == 1
    if tls:
        subprocess.run(MAKE_CERTIFICATE.split(), cwd=folder, check=True, capture_output=True)
    port = free_port()
    configuration = CONFIGURATION.format(
        folder=folder,
        user="user root;" if os.geteuid() == 0 else "",  # else it can't enter the test's folder
        map=map,
        port=port,
        tls=TLS.format(folder) if tls else "",
        location=location.replace(DOCUMENTED_SERVER, target),
    )
    (folder / "nginx.conf").write_text(configuration)
    command = [_program(), "-c", f"{folder}/nginx.conf", "-e", f"{folder}/error.log"]
    process = subprocess.Popen([*command, "-p", str(folder)])
    path = DOCUMENTED_PREFIX if below_a_path else ""
    url = f"{'https' if tls else 'http'}://127.0.0.1:{port}{path}"
    try:
        eventually(lambda: _serves(url, folder / "cert.pem" if tls else None))
        yield url
    finally:
        process.terminate()
        process.wait(20)


def _serves(url: str, certificate: Path | None) -> bool:
    try:
        return requests.get(f"{url}/healthz", verify=str(certificate or True), timeout=5).ok
    except requests.ConnectionError:
        return False


def _program() -> str:
    """Return where nginx is; Debian keeps it out of the PATH of users."""
    found = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    assert found, "nginx is not installed"
    return found
