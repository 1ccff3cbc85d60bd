"""Machines of their own for server processes: network namespaces on this one, whose lines to
PostgreSQL, to Redis and to readers can be cut, lose packets, or be slow (iproute2, nftables)."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import make_url

from tests.support.proxy import Proxy
from tests.support.server import ROOT, Server

NETWORK = "10.231"  # an address that no machine here has
CUT = """
table inet cut {{
  chain out {{ type filter hook output priority 0; tcp dport {port} drop; tcp sport {port} drop; }}
  chain in {{ type filter hook input priority 0; tcp sport {port} drop; tcp dport {port} drop; }}
}}
"""
LOSS = """
table inet cut_packets {{
  chain in {{
    type filter hook input priority 0;
    iifname line numgen random mod 100 < {percent} drop
  }}
}}
"""
SLOW = "tbf rate {bits}bit burst {burst}b latency 2s"  # what would wait for longer is dropped
BURST_BYTES = 10_000
READERS_PORT = 5000  # of each machine
PATH = f"{os.environ['PATH']}:/usr/sbin:/sbin"
MISSING = "network namespaces need root, iproute2 and nftables"


def can_make_hosts() -> bool:
    """Return whether this user can make network namespaces here."""
    command = "unshare --net true && command -v ip nft tc"
    ran = subprocess.run(
        ["sh", "-c", command], env=os.environ | {"PATH": PATH}, capture_output=True, check=False
    )
    return ran.returncode == 0


@dataclass(frozen=True)
class Host:
    """One machine: its namespace, its address, and its lines to PostgreSQL, Redis and readers."""

    namespace: str
    address: str
    ports: dict[str, int]
    urls: dict[str, str]
    device: str
    """This side of its line."""
    proxies: dict[str, Proxy]

    def cut(self, *services: str) -> None:
        """Drop every packet to these services, and from them, until `restore`; "readers" are all
        who connect to its server."""
        for service in services:
            rules = CUT.format(port=self.ports[service]).replace(" cut ", f" cut_{service} ")
            self.run("nft", "-f", "-", stdin=rules)

    def restore(self, *services: str) -> None:
        """Let packets through again."""
        for service in services:
            self.run("nft", "delete", "table", "inet", f"cut_{service}")

    def lose(self, percent: int) -> None:
        """Lose so many of the packets that come, from whomever, until `restore("packets")`."""
        self.run("nft", "-f", "-", stdin=LOSS.format(percent=percent))

    def slow_down(self, seconds: float, bytes_per_second: int) -> None:
        """Let all that goes to PostgreSQL and Redis take so long, either way, and no more come or
        go in a second on the whole line, until `speed_up`."""
        for proxy in self.proxies.values():
            proxy.network.delay = seconds
        rate = SLOW.format(bits=8 * bytes_per_second, burst=BURST_BYTES)
        self.run("tc", "qdisc", "add", "dev", "line", "root", *rate.split())
        run("tc", "qdisc", "add", "dev", self.device, "root", *rate.split())

    def speed_up(self) -> None:
        """Let the line be as fast as it can."""
        for proxy in self.proxies.values():
            proxy.network.delay = 0.0
        self.run("tc", "qdisc", "delete", "dev", "line", "root")
        run("tc", "qdisc", "delete", "dev", self.device, "root")

    def reaches(self, service: str) -> bool:
        """Return whether a connection to a service can be opened, or one of a reader from here."""
        if service == "readers":
            with suppress(OSError), socket.create_connection((self.address, READERS_PORT), 1):
                return True
            return False
        where = make_url(self.urls[service])
        opening = f"timeout 1 bash -c 'exec 3<>/dev/tcp/{where.host}/{where.port}'"
        return not subprocess.run(
            ["ip", "netns", "exec", self.namespace, "sh", "-c", opening],
            env=os.environ | {"PATH": PATH},
            capture_output=True,
        ).returncode

    def run(self, *command: str, stdin: str = "") -> None:
        """Run a command on this machine."""
        run("ip", "netns", "exec", self.namespace, *command, stdin=stdin)


class HostServer(Server):
    """A server process on a machine of its own."""

    def __init__(self, host: Host, log: Path, **settings: str) -> None:
        super().__init__(host.urls["postgres"], log, **settings)
        self._host = host
        here = {"HOST": host.address, "PORT": str(READERS_PORT)}
        self.settings |= here | {"REDIS_URL": host.urls["redis"]}

    def _process(self, env: dict[str, str]) -> subprocess.Popen[bytes]:
        command = ["ip", "netns", "exec", self._host.namespace, sys.executable, "wsgi.py"]
        with self.log.open("ab") as log:
            return subprocess.Popen(command, cwd=ROOT, env=env, stdout=log, stderr=log)


@contextmanager
def hosts(count: int, postgres_url: str, redis_url: str) -> Iterator[list[Host]]:
    """Make so many machines, which reach a PostgreSQL and a Redis of this one."""
    with ExitStack() as stack:
        yield [
            stack.enter_context(_host(number, postgres_url, redis_url))
            for number in range(1, count + 1)
        ]


@contextmanager
def _host(number: int, postgres_url: str, redis_url: str) -> Iterator[Host]:
    name, device = f"midstream-{os.getpid()}-{number}", f"ms{os.getpid()}-{number}"
    subnet = f"{NETWORK}.{os.getpid() % 64 * 4 + number}"  # several runs beside each other
    ours, theirs = f"{subnet}.1", f"{subnet}.2"
    run("ip", "netns", "add", name)
    try:
        run("ip", "link", "add", device, "type", "veth", "peer", "name", "line", "netns", name)
        run("ip", "address", "add", f"{ours}/30", "dev", device)
        run("ip", "link", "set", device, "up")
        with ExitStack() as stack:
            found = {
                "postgres": stack.enter_context(closing(Proxy(postgres_url, ours))),
                "redis": stack.enter_context(closing(Proxy(redis_url, ours))),
            }
            ports = {name: urlsplit(proxy.url).port or 0 for name, proxy in found.items()}
            ports["readers"] = READERS_PORT
            urls = {
                "postgres": str(make_url(postgres_url).set(host=ours, port=ports["postgres"])),
                "redis": f"redis://{ours}:{ports['redis']}/0",
            }
            host = Host(name, theirs, ports, urls, device, found)
            host.run("ip", "link", "set", "lo", "up")
            host.run("ip", "address", "add", f"{theirs}/30", "dev", "line")
            host.run("ip", "link", "set", "line", "up")
            yield host
    finally:
        run("ip", "netns", "delete", name)


def run(*command: str, stdin: str = "") -> None:
    """Run a command, which must succeed."""
    ran = subprocess.run(
        command, input=stdin, env=os.environ | {"PATH": PATH}, capture_output=True, text=True
    )
    assert ran.returncode == 0, f"{' '.join(command)}: {ran.stderr}"
