"""How fast one event reaches every reader of a room, beside other servers in the same minutes.

    python -m benchmarks.fan_out [--readers 100 1000] [--deliveries 200000] [--rate 0] [--rounds 3]
        [--servers Midstream "Node socket.io"] [--write]

Each server runs on the first processor and the readers, one program in C, on the second. In each
round every server has its turn. The events are ready: nothing is stored. With `--rate` so many
events a second are emitted, otherwise as many as the server can. `--write` also puts the tables
into docs/performance.md, and a plot beside it. Needs a C compiler, npm and taskset; and Go for
centrifuge, without which the others are measured.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import requests

from app.auth.passwords import hash_password
from benchmarks.page import IMAGES, write_part
from benchmarks.plot import Plot
from benchmarks.setting import TICKS_PER_SECOND, UNLIMITED
from tests.support.cast import create_cast
from tests.support.database import Database
from tests.support.server import ROOT, command, environment
from tests.support.waiting import eventually

PEERS = ROOT / "benchmarks" / "peers"
BUILD = ROOT / "build"
CLIENT = BUILD / "fan_out_client"
START_SECONDS = 60.0
SERVER_CPU, CLIENT_CPU = "0", "1"
HEADINGS = ("server", "deliveries/s", "against socket.io", "CPU of one", "against socket.io")
HEADINGS += ("first to last reader, p50", "p99", "memory of a reader")
REFERENCE = "Node socket.io"
PLAIN = ('42["chunk"', "0{", "40", "40{")
CENTRIFUGE = "centrifuge, in Go"
PUSHED = '{"push":{"channel":"conversation","pub":'


class Load(NamedTuple):
    """What one run asks of a server."""

    readers: int
    events: int
    rate: int

    @property
    def deliveries(self) -> int:
        """How many events arrive at all readers together."""
        return self.readers * self.events


@dataclass(frozen=True)
class Measured:
    """What one run gave; times in seconds, memory in bytes."""

    rate: float  # deliveries a second
    cpu: float
    p50: float
    p99: float
    memory: float


@dataclass(frozen=True)
class Running:
    """A server process, and what a reader says to it."""

    process: subprocess.Popen[bytes]
    port: int
    says: tuple[str, ...]

    @property
    def cpu_seconds(self) -> float:
        """Return the processor time that it has used so far."""
        stat = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(stat[11]) + int(stat[12])) / TICKS_PER_SECOND

    @property
    def memory(self) -> int:
        """Return how many bytes it holds."""
        pages = Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")


Start = Callable[[Load], AbstractContextManager[Running]]


@contextmanager
def started(script: list[str], port: int, says: tuple[str, ...], **env: str) -> Iterator[Running]:
    """Run a server on its processor until the end of the block."""
    process = subprocess.Popen(
        ["taskset", "-c", SERVER_CPU, *script],
        cwd=PEERS,
        env={**os.environ, **env},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        eventually(lambda: _listens(port), START_SECONDS)
        yield Running(process, port, says)
    finally:
        process.kill()
        process.wait()


@contextmanager
def midstream(load: Load) -> Iterator[Running]:
    """Run Midstream with one conversation."""
    with tempfile.TemporaryDirectory(prefix="midstream-benchmark-") as folder:
        url = f"sqlite:///{folder}/midstream.sqlite3"
        command(url, "db", "upgrade")
        database = Database.at(url)
        with database.app.app_context():
            cast = create_cast(hash_password)
        where = database.conversation(cast.olive)
        here, port = "/conversations,", _free_port()
        sign_in = f'40{here}{{"token":"{cast.olive.token}"}}'
        says = (f'42{here}["chunk"', "0{", sign_in, f"40{here}")
        says += (f'42{here}1["join",{{"conversation":"{where}"}}]', f"43{here}1[")
        env = environment(url, PORT=str(port), **UNLIMITED)
        script = [sys.executable, "midstream_server.py", str(load.events), str(load.rate), where]
        with started(script, port, says, **env) as running:
            eventually(lambda: requests.get(f"http://127.0.0.1:{port}/readyz", timeout=5).ok)
            yield running


def peer(*script: str, says: tuple[str, ...] = PLAIN) -> Start:
    """Return a function that runs one of the other servers."""

    def start(load: Load) -> AbstractContextManager[Running]:
        port = _free_port()
        return started([*script, str(port), str(load.events), str(load.rate)], port, says)

    return start


SERVERS: dict[str, Start] = {
    "Midstream": midstream,
    REFERENCE: peer("node", "socket_io.mjs"),
    "Node ws": peer("node", "ws.mjs"),
    "stock Flask-SocketIO": peer(sys.executable, "stock.py"),
    "the floor": peer(str(BUILD / "floor")),
}
if shutil.which("go"):
    connect = ("", '{"id":1,"connect":{}}', '{"id":1,"connect":{')
    SERVERS[CENTRIFUGE] = peer(str(BUILD / "centrifuge"), says=(PUSHED, *connect))


def measure(running: Running, load: Load) -> Measured:
    """Connect the readers, emit, and return the figures."""
    empty = running.memory
    arguments = [str(running.port), str(load.readers), str(load.events), *running.says]
    client = subprocess.Popen(
        ["taskset", "-c", CLIENT_CPU, str(CLIENT), *arguments], stdout=subprocess.PIPE, text=True
    )
    assert client.stdout is not None
    assert client.stdout.readline() == "ready\n", "the readers could not connect"
    time.sleep(0.5)
    cpu, full = running.cpu_seconds, running.memory
    running.process.send_signal(signal.SIGUSR2)
    seconds, p50, p99 = map(float, client.stdout.readline().split())
    cpu = running.cpu_seconds - cpu
    client.wait()
    each = cpu / load.deliveries
    return Measured(load.deliveries / seconds, each, p50, p99, (full - empty) / load.readers)


def compare(servers: list[str], load: Load, rounds: int) -> dict[str, list[Measured]]:
    """Measure the servers in turn, as often as there are rounds."""
    results: defaultdict[str, list[Measured]] = defaultdict(list)
    for _ in range(rounds):
        for name in servers:
            with SERVERS[name](load) as running:
                results[name].append(measure(running, load))
    return results


def table(results: dict[str, list[Measured]]) -> Iterator[str]:
    """Return the lines of a table of medians, each with its spread."""
    yield f"| {' | '.join(HEADINGS)} |"
    yield "|---" * len(HEADINGS) + "|"
    for name, runs in results.items():
        others = results.get(REFERENCE, runs)
        pairs = list(zip(runs, others, strict=True))
        cells = (
            name,
            _spread([each.rate / 1000 for each in runs], "{:.0f} k"),
            _spread([a.rate / b.rate for a, b in pairs], "{:.2f}"),
            _spread([each.cpu * 1e6 for each in runs], "{:.1f} µs"),
            _spread([a.cpu / b.cpu for a, b in pairs], "{:.2f}"),
            _spread([each.p50 * 1000 for each in runs], "{:.0f} ms"),
            _spread([each.p99 * 1000 for each in runs], "{:.0f} ms"),
            _spread([each.memory / 1000 for each in runs], "{:.0f} kB"),
        )
        yield f"| {' | '.join(cells)} |"


def _spread(values: list[float], form: str) -> str:
    median = form.format(statistics.median(values))
    return f"{median} ({form.format(min(values))} to {form.format(max(values))})"


def _title(load: Load) -> str:
    pace = f"{load.rate} events a second" if load.rate else "as fast as can be"
    when, busy = datetime.now(UTC), os.getloadavg()[0]
    return (
        f"{load.events:,} events to {load.readers:,} readers, {pace} "
        f"({when:%Y-%m-%d}, {os.cpu_count()} cores, load before the run {busy:.1f}):"
    )


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def _listens(port: int) -> bool:
    with socket.socket() as attempt:
        return attempt.connect_ex(("127.0.0.1", port)) == 0


def _plot(results: dict[int, dict[str, list[Measured]]]) -> None:
    """Draw the medians of deliveries a second against the number of readers."""
    plot = Plot("Readers", "Deliveries a second")
    for name in next(iter(results.values())):
        rates = {
            readers: statistics.median(run.rate for run in found[name])
            for readers, found in results.items()
        }
        plot.add(name, list(rates.items()))
    plot.write(IMAGES / "deliveries.svg")


def _build() -> None:
    """Compile the client, and compile or install the other servers."""
    BUILD.mkdir(exist_ok=True)
    for source in (ROOT / "benchmarks" / "fan_out_client.c", PEERS / "floor.c"):
        subprocess.run(["cc", "-O2", "-o", BUILD / source.stem, source], check=True)
    if not (PEERS / "node_modules").is_dir():
        install = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        subprocess.run(install, cwd=PEERS, check=True, stdout=sys.stderr)
    if CENTRIFUGE in SERVERS:
        build = ["go", "build", "-o", str(BUILD / "centrifuge"), "."]
        subprocess.run(build, cwd=PEERS / "centrifuge", check=True, stdout=sys.stderr)


def main() -> None:
    """Print a table for each number of readers."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--readers", type=int, nargs="+", default=[100, 1000])
    parser.add_argument("--deliveries", type=int, default=200_000)
    parser.add_argument("--rate", type=int, default=0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--servers", nargs="+", choices=list(SERVERS), default=list(SERVERS))
    args = parser.parse_args()
    _build()
    lines: list[str] = []
    results = {}
    for readers in args.readers:
        load = Load(readers, args.deliveries // readers, args.rate)
        title = _title(load)
        results[readers] = compare(args.servers, load, args.rounds)
        part = [title, "", *table(results[readers]), ""]
        print("\n".join(part), flush=True)
        lines += part
    if args.write:
        write_part("fan-out", "\n".join(lines))
        _plot(results)


if __name__ == "__main__":
    main()
