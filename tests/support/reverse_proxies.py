"""nginx and HAProxy in front of servers, with exactly the files in deploy/: only ports, addresses
and the certificate are replaced."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import requests

from tests.support.server import ROOT
from tests.support.services import free_port
from tests.support.waiting import eventually

DEPLOY = ROOT / "deploy"
PREFIX = "/chat"  # as in deploy/
SERVER_OF_NGINX = re.compile(r"^( +server )127\.0\.0\.1:\d+( max_fails=0;).*\n", re.MULTILINE)
SERVER_OF_HAPROXY = re.compile(r"^ +server p\d .*\n", re.MULTILINE)
UPSTREAM_OF_NGINX = re.compile(r"^    upstream .*?^    }\n", re.MULTILINE | re.DOTALL)
KEY_OF_NGINX = re.compile(r"^    map \"\$arg_transport.*?^    }\n", re.MULTILINE | re.DOTALL)
LINES_OF_ROOT = re.compile(r"^ +(user|group|chroot) .*\n", re.MULTILINE)
LINES_OF_TLS = re.compile(r"^ +(ssl_\w+ |http-request redirect scheme https ).*\n", re.MULTILINE)
MAKE_CERTIFICATE = (
    "openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem"
    " -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1"
)


class Place(NamedTuple):
    """Where a proxy runs: its files are in `folder`, and it listens at `port`."""

    folder: Path
    port: int
    below_a_path: bool
    tls: bool
    by_conversation: bool


Command = list[str]
Configure = Callable[[Place, Sequence[str]], tuple[Command, Command]]
"""Write the files for a proxy in front of these servers (`host:port`); return the command that
checks them, and the one that runs it."""

ReverseProxy = Callable[..., AbstractContextManager[str]]


def nginx_server(
    targets: str | Sequence[str],
    folder: Path,
    *,
    below_a_path: bool = False,
    tls: bool = False,
    by_conversation: bool = False,
) -> AbstractContextManager[str]:
    """Run nginx in front of servers, given by their URLs; yields its URL, on a port that is not
    usual. With TLS its certificate is `folder / "cert.pem"`. By conversation, it chooses the server
    by that, and `folder / "served.log"` has a line with the conversation and the server for each
    request that is over."""
    options = (below_a_path, tls, by_conversation)
    return _running(_configure_nginx, targets, folder, *options)


def haproxy_server(
    targets: str | Sequence[str],
    folder: Path,
    *,
    below_a_path: bool = False,
    tls: bool = False,
    by_conversation: bool = False,
) -> AbstractContextManager[str]:
    """Run HAProxy, like `nginx_server`."""
    options = (below_a_path, tls, by_conversation)
    return _running(_configure_haproxy, targets, folder, *options)


PROXIES: dict[str, ReverseProxy] = {"nginx": nginx_server, "haproxy": haproxy_server}
RELOADS = {"nginx": signal.SIGHUP, "haproxy": signal.SIGUSR2}  # as `systemctl reload` does


def reload(name: str, folder: Path) -> None:
    """Let the proxy of this name, whose files are in this folder, read them again; wait until a new
    process serves beside the one of before."""
    before = workers_in(folder)
    os.kill(int(_main_in(folder)), RELOADS[name])
    eventually(lambda: workers_in(folder) > before)


def workers_in(folder: Path) -> set[str]:
    """Return the numbers of the processes that serve for the proxy whose files are here."""
    main = _main_in(folder)
    return set(Path(f"/proc/{main}/task/{main}/children").read_text().split())


def _main_in(folder: Path) -> str:
    """Return the number of the main process, which writes it when it has started."""
    return eventually(lambda: (folder / "pid").read_text().strip())


@contextmanager
def _running(
    configure: Configure,
    targets: str | Sequence[str],
    folder: Path,
    below_a_path: bool,
    tls: bool,
    by_conversation: bool,
) -> Iterator[str]:
    place = Place(folder, free_port(), below_a_path, tls, by_conversation)
    if tls:
        subprocess.run(MAKE_CERTIFICATE.split(), cwd=folder, check=True, capture_output=True)
        pair = (folder / "cert.pem").read_text() + (folder / "key.pem").read_text()
        (folder / "pair.pem").write_text(pair)
    urls = [targets] if isinstance(targets, str) else targets
    check, run = configure(place, [urlsplit(url).netloc for url in urls])
    checked = subprocess.run(check, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
    assert "warn" not in checked.stderr.lower(), checked.stderr
    path = PREFIX if below_a_path else ""
    url = f"{'https' if tls else 'http'}://127.0.0.1:{place.port}{path}"
    with (
        (folder / "served.log").open("w") as output,
        subprocess.Popen(run, stdout=output) as process,
    ):
        try:
            eventually(lambda: _serves(url, folder / "cert.pem" if tls else None))
            yield url
        finally:
            process.terminate()
            process.wait(20)


def _configure_nginx(place: Place, targets: Sequence[str]) -> tuple[Command, Command]:
    folder = Path(shutil.copytree(DEPLOY / "nginx", place.folder / "nginx"))
    text = (folder / "nginx.conf").read_text("utf-8")
    if place.by_conversation:
        text = _nginx_by_conversation(text)
    text, count = SERVER_OF_NGINX.subn("", text)
    assert count == 2, "two processes are the example"
    servers = "".join(f"server {target} max_fails=0;\n" for target in targets)
    text = _replaced(
        text,
        ("hash $midstream_key consistent;\n", f"hash $midstream_key consistent;\n{servers}"),
        ("http {\n", f"http {{\n{_folders_of_nginx(place.folder)}"),
        ("listen 80 ", f"listen 127.0.0.1:{free_port()} "),
        ("listen 443 ssl", f"listen 127.0.0.1:{place.port} ssl"),
        ("/etc/nginx/cert.pem", f"{place.folder}/cert.pem"),
        ("/etc/nginx/key.pem", f"{place.folder}/key.pem"),
    )
    if not place.tls:
        text = LINES_OF_TLS.sub("", text).replace(" ssl http2;", ";")
    if place.below_a_path:
        text = _replaced(text, ("include location.conf;", "include location-below-a-path.conf;"))
    (folder / "nginx.conf").write_text(text)
    user = "user root;" if os.geteuid() == 0 else ""  # else it can't enter the test's folder
    program = [program_of("nginx"), "-c", f"{folder}/nginx.conf", "-e", f"{folder}/error.log"]
    run = [*program, "-g", f"daemon off; pid {place.folder}/pid; {user}"]
    return [*run, "-t", "-q"], run


def _folders_of_nginx(folder: Path) -> str:
    names = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    return "".join(f"{name}_temp_path {folder}/{name};\n" for name in names)


def _configure_haproxy(place: Place, targets: Sequence[str]) -> tuple[Command, Command]:
    text = (DEPLOY / "haproxy" / "haproxy.cfg").read_text("utf-8")
    if os.geteuid():
        text = LINES_OF_ROOT.sub("", text)  # who is not root can't become another user
    cookie = " cookie p{}"
    if place.by_conversation:
        text, cookie = _haproxy_by_conversation(text), ""
    text, count = SERVER_OF_HAPROXY.subn("", text)
    assert count == 2, "two processes are the example"
    servers = [
        f"    server p{n} {target}{cookie.format(n)}\n" for n, target in enumerate(targets, 1)
    ]
    text = _replaced(
        text + "".join(servers),
        ("bind :80 ", f"bind 127.0.0.1:{free_port()} "),
        ("bind :443 ssl", f"bind 127.0.0.1:{place.port} ssl"),
        ("/etc/haproxy/midstream.pem", f"{place.folder}/pair.pem"),
    )
    if not place.tls:
        text = LINES_OF_TLS.sub("", text)
        text = re.sub(r"( ssl crt )\S+ alpn \S+", "", text)
    if place.below_a_path:
        text = _replaced(
            text, (f"# setenv MIDSTREAM_PATH {PREFIX}", f"setenv MIDSTREAM_PATH {PREFIX}")
        )
    file = place.folder / "haproxy.cfg"
    file.write_text(text)
    program = [program_of("haproxy"), "-f", str(file)]
    quiet = [] if place.by_conversation else ["-q"]  # which would close the log, too
    return [*program, "-c", "-q"], [*program, "-W", "-db", "-p", f"{place.folder}/pid", *quiet]


def _nginx_by_conversation(text: str) -> str:
    """Return nginx.conf with the file that is for its upstream and its key, and with a log."""
    text, upstreams = UPSTREAM_OF_NGINX.subn("", text)
    text, keys = KEY_OF_NGINX.subn("", text)
    assert (upstreams, keys) == (1, 1)
    by_conversation = (DEPLOY / "nginx-by-conversation.conf").read_text("utf-8")
    log = 'log_format served "$midstream_key $upstream_addr";\naccess_log /dev/stdout served;'
    text = re.sub(r"access_log off;.*", log, text)
    return _replaced(text, ("http {\n", f"http {{\n{by_conversation}"))


def _haproxy_by_conversation(text: str) -> str:
    """Return haproxy.cfg with the file that is for its backend, and with a log."""
    text, backend, _ = text.partition("\nbackend midstream\n")
    assert backend
    log = '    log global\n    log-format "%[var(txn.key)] %si:%sp"\n'
    text = _replaced(
        text,
        ("global\n", "global\n    log stdout format raw local0\n"),
        ("    option forwardfor\n", f"    option forwardfor\n{log}"),
    )
    return text + "\n" + (DEPLOY / "haproxy-by-conversation.cfg").read_text("utf-8")


def _replaced(text: str, *pairs: tuple[str, str]) -> str:
    for old, new in pairs:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def _serves(url: str, certificate: Path | None) -> bool:
    try:
        return requests.get(f"{url}/healthz", verify=str(certificate or True), timeout=5).ok
    except requests.ConnectionError:
        return False


def program_of(name: str) -> str:
    """Return where a program is; Debian keeps servers out of the PATH of users."""
    found = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin")
    assert found, f"{name} is not installed"
    return found
