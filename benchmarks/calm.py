"""How long does a bystander wait between two chunks, whatever others do?

    python -m benchmarks.calm [--load WORD] [--runs 3]

A reader follows an answer of 20 tokens a second. Each load is put on the same server, by processes
of a low priority. The table shows the reader's longest gap before each load and during it.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from benchmarks.bystander import Bystander
from benchmarks.loads import HOSTILE_MODELS, LOADS, Prepare, many_join
from benchmarks.setting import Setting, headline, setting, two_processes
from tests.providers.hostile import KINDS
from tests.support.client import Client
from tests.support.waiting import eventually

CALM_SECONDS = 3.0
STEADY = "/tokens 100000 /rate 20"
STEADY_ANSWERS = 2  # with hostile models, the first one exceeds the time limit of an answer
NICE = 10
LIMITS = {"PROVIDER_READ_SECONDS": "0.7", "PROVIDER_TOTAL_SECONDS": "8"}
HEADINGS = "| {} | before | meanwhile | the load took |\n|---|---|---|---|"


@contextmanager
def hostile_models() -> Iterator[dict[str, str]]:
    """Run the server of the hostile models; yield the settings to reach it."""
    command = [sys.executable, "-m", "tests.providers.hostile"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        os.setpriority(os.PRIO_PROCESS, process.pid, NICE)  # not before: it would begin late
        models = ",".join(["demo", *(f"openai:{kind}" for kind in KINDS)])
        try:
            yield {"MODELS": models, "OPENAI_BASE_URL": f"{url}/v1", **LIMITS}
        finally:
            process.kill()


@contextmanager
def bystander(here: Setting) -> Iterator[Bystander]:
    """Start an answer that streams at an even pace, then another, and their reader."""
    conversation = here.database.conversation(here.cast.olive)
    with Client().open(here.server.url, here.cast.olive.token) as olive:
        for _ in range(STEADY_ANSWERS):
            assert olive.ask("send", {"conversation": conversation, "content": STEADY})["ok"]
        with Bystander(here.server.url, here.cast.olive.token, conversation) as reader:
            yield reader
        eventually(lambda: all_stopped(here, olive, conversation))


def all_stopped(here: Setting, olive: Client, conversation: str) -> bool:
    """Stop what streams; return whether both answers have ended."""
    found = here.database.messages(conversation)
    answers = [message for message in found if message.role == "assistant"]
    streaming = [message.id for message in answers if message.status == "streaming"]
    for reply in streaming:
        olive.ask("stop", {"id": reply})
    return len(answers) == STEADY_ANSWERS and not streaming


def measure(here: Setting, prepare: Prepare) -> tuple[float, float, float]:
    """Return the longest gap without the load and with it, and how long the load took."""
    load = prepare(here)
    with bystander(here) as reader:
        time.sleep(CALM_SECONDS)
        begun = time.monotonic()
        load()
        ended = time.monotonic()
        time.sleep(0.2)  # the reader's own delay
        before = reader.longest_gap(begun - CALM_SECONDS, begun)
        return before, reader.longest_gap(begun, ended), ended - begun


def table(here: Setting, what: str, loads: dict[str, Prepare], runs: int) -> None:
    """Print a row for each load: the worst of all runs."""
    print(HEADINGS.format(what))
    for name, prepare in loads.items():
        rows = [measure(here, prepare) for _ in range(runs)]
        cells = (max(column) for column in zip(*rows, strict=True))
        print("| {} | {:.2f} s | {:.2f} s | {:.1f} s |".format(name, *cells), flush=True)
    print()


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--load", default="", help="only loads whose name contains this")
    parser.add_argument("--runs", type=int, default=3)
    args = parser.parse_args()

    def chosen(loads: dict[str, Prepare]) -> dict[str, Prepare]:
        return {name: load for name, load in loads.items() if args.load in name}

    headline("A bystander's longest gap between two chunks; 20 come each second")
    with (
        hostile_models() as models,
        setting() as here,
        setting(**models) as with_models,
        two_processes() as (first, second),
    ):
        joins = {"100 readers join 20 answers": many_join(first.server)}
        os.nice(NICE)  # what follows; the servers have begun
        table(here, "load", chosen(LOADS), args.runs)
        table(with_models, "a model's server sends", chosen(HOSTILE_MODELS), args.runs)
        table(replace(first, server=second), "another process writes", chosen(joins), args.runs)


if __name__ == "__main__":
    main()
