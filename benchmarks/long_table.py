"""How soon a key is answered below a table that grows: `python -m benchmarks.long_table`.

A model sends a table of 6,000 rows: most of it at once, and the last rows one by one. Meanwhile
keys are pressed in the composer of a page, on a processor that is slowed down (`--slower 4`).
Chromium measures the time from each key to the frame that shows it.
"""

from __future__ import annotations

import argparse
import statistics
import time

from benchmarks.first_load import RECORD_KEYS, slow_down
from benchmarks.streaming_page import conversation, is_whole, pieces_of
from tests.support.waiting import eventually

ROWS, SLOW_ROWS = 6_000, 1_000
KEYS, PAUSE_SECONDS = 20, 0.35


def main() -> None:
    """Print how long the keys took."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--slower", type=float, default=4)
    args = parser.parse_args()
    head = "| row | words | count |\n|---|---|--:|\n"
    rows = [f"| {number} | a few words | {number * 7} |\n" for number in range(ROWS)]
    texts = [head + "".join(rows[:-SLOW_ROWS]), *rows[-SLOW_ROWS:]]
    with conversation(pieces_of(texts)) as (tab, database, where):
        devtools = tab.page.context.new_cdp_session(tab.page)
        tab.page.set_default_timeout(120_000)
        tab.page.evaluate(RECORD_KEYS)
        tab.ask("Go on")
        tab.page.locator(f"td:text-is('{ROWS - SLOW_ROWS + 1}')").wait_for(state="attached")
        factor = slow_down(tab.page, devtools, args.slower)
        for _ in range(KEYS):
            tab.page.keyboard.press("a")
            time.sleep(PAUSE_SECONDS)
        assert not is_whole(database, where, 2), "the keys must be pressed while it streams"
        eventually(lambda: is_whole(database, where, 2), 120)
        keys = [took for _, took in tab.page.evaluate("window.keys")]
    print(f"{len(keys)} keys at {ROWS:,} rows, a processor {factor:.1f} times slower:")
    print(f"median {statistics.median(keys):.0f} ms, worst {max(keys):.0f} ms")


if __name__ == "__main__":
    main()
