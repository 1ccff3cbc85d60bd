"""Many sign-ins at once: how late are other readers' chunks, and is each sign-in answered?

    python -m benchmarks.sign_ins [--guests 50] [--rate 20] [--runs 5]

A reader follows an answer that streams at an even pace. The delay of a chunk is the time since the
chunk before it, less the time that the pace gives.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter

from benchmarks.setting import Setting, headline, setting
from tests.support.load import Pace, sign_in_at_once
from tests.support.transport import Transport
from tests.support.waiting import eventually

CALM_SECONDS = 5
UNLIMITED_TRIES = {"LIMIT_SIGN_IN_ADDRESS": "off", "LIMIT_SIGN_IN_ACCOUNT": "off"}


def begin(here: Setting, reader: Transport, rate: int) -> Pace:
    """Start an answer that streams at an even pace."""
    where = here.database.conversation(here.cast.olive)
    assert reader.connect(token=here.cast.olive.token) == "0"
    assert reader.ask("join", {"conversation": where})["ok"]
    question = {"conversation": where, "content": f"/tokens 100000 /rate {rate}"}
    assert reader.ask("send", question)["ok"]
    eventually(lambda: len(reader.times_of("chunk")) > rate)
    return Pace(lambda: reader.times_of("chunk"), rate)


def run(here: Setting, pace: Pace, guests: int) -> None:
    """Measure without sign-ins, then with all of them at once."""
    pace.begun = time.monotonic()
    eventually(lambda: len(pace.delays()) > CALM_SECONDS * pace.per_second)
    calm, pace.begun = pace.p99(), time.monotonic()
    statuses = Counter(sign_in_at_once(here.server.url, guests))
    took = time.monotonic() - pace.begun
    answers = ", ".join(f"{count} of {status}" for status, count in statuses.items())
    print(f"| {calm * 1000:.0f} ms | {pace.p99() * 1000:.0f} ms | {took:.1f} s | {answers} |")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--guests", type=int, default=50)
    parser.add_argument("--rate", type=int, default=20)
    parser.add_argument("--runs", type=int, default=5)
    args = parser.parse_args()
    headline(f"{args.guests} sign-ins at once")
    print("| p99 before | p99 meanwhile | all answered after | answers (422: wrong password) |")
    print("|---|---|---|---|")
    with setting(**UNLIMITED_TRIES) as here, Transport(here.server.url) as reader:
        pace = begin(here, reader, args.rate)
        for _ in range(args.runs):
            run(here, pace, args.guests)


if __name__ == "__main__":
    main()
