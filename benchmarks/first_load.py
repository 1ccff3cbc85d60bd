"""How soon a page can be used: `python -m benchmarks.first_load [--runs 5] [--slower 4]`.

A browser without cached files opens a conversation of 50 messages, on a processor that is slowed
down; a loop that runs before and after measures by how much. The page can be used when it handles a
key in the composer; it is at rest after its last task over 50 ms, if none follows for a second and
a half. Requests and bytes are those of scripts and styles, compressed as they were sent. Then it is
opened as often again, while letters are typed: of those typed when it could be seen, the slowest
counts, from the key to the frame that shows it.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

from benchmarks.setting import Setting, headline, setting
from tests.support.chromium import launch
from tests.support.client import Client
from tests.support.waiting import eventually
from tests.system.browser.tab import sign_in

EXCHANGES = 25
QUESTION = "Question {number}? /think 40 /tokens 120 /rate 0"
QUIET_MS = 1500  # after which no long task is expected
TYPING_SECONDS, PAUSE_SECONDS = 6.0, 0.03  # of one key after the other
TIMES = ["first paint", "scripts have run", "a key is handled", "connected", "at rest"]
LOOP = """() => {
  const began = performance.now();
  for (let i = 0, x = 1; i < 2e7; i++) x = Math.imul(x, 31) + i;
  return performance.now() - began;
}"""
# Records the end of the last long task, when an Enter in the empty composer is handled (the page
# prevents the line break), and when the server has accepted the connection.
RECORD = """
window.recorded = { tasksEnd: 0 };
new PerformanceObserver((list) => {
  for (const { startTime, duration } of list.getEntries()) recorded.tasksEnd = startTime + duration;
}).observe({ type: "longtask", buffered: true });
const press = setInterval(() => {
  const key = new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true });
  const field = document.querySelector("[data-composer-text]");
  if (!field || field.dispatchEvent(key)) return;
  clearInterval(press);
  recorded.handled = performance.now();
}, 5);
const Socket = window.WebSocket;
window.WebSocket = class extends Socket {
  constructor(...where) {
    super(...where);
    this.addEventListener("message", ({ data }) => {
      if (String(data).startsWith("40/conversations")) recorded.connected ??= performance.now();
    });
  }
};
"""
MEASURE = """() => {
  const [{ domContentLoadedEventEnd: ran }] = performance.getEntriesByType("navigation");
  const [{ startTime: painted }] = performance.getEntriesByName("first-contentful-paint");
  const files = performance.getEntriesByType("resource");
  const code = files.filter(({ name }) => /\\.(js|css)$/.test(name));
  const bytes = code.reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0);
  const { handled, connected, tasksEnd } = recorded;
  const rest = Math.max(ran, handled, connected, tasksEnd);
  return [painted, ran, handled, connected, rest, code.length, bytes];
}"""

# Records when each key came, and how long it took to the frame that shows it, in ms.
RECORD_KEYS = """
window.keys = [];
new PerformanceObserver((list) => {
  for (const { name, startTime, duration } of list.getEntries()) {
    if (name === "keydown") keys.push([startTime, duration]);
  }
}).observe({ type: "event", durationThreshold: 16, buffered: true });
"""
FOCUS = """
const looking = setInterval(() => {
  const field = document.querySelector("[data-composer-text]");
  if (field) clearInterval(looking);
  field?.focus();
}, 1);
"""
SLOWEST = """() => {
  const [{ startTime: painted }] = performance.getEntriesByName("first-contentful-paint");
  return Math.max(...keys.filter(([came]) => came > painted).map(([, took]) => took));
}"""


def converse(here: Setting) -> str:
    """Create a conversation of fifty messages; return its path."""
    where = here.database.conversation(here.cast.olive)
    olive = Client().open(here.server.url, here.cast.olive.token)
    for number in range(1, EXCHANGES + 1):
        olive.ask("send", {"conversation": where, "content": QUESTION.format(number=number)})
        eventually(lambda number=number: _answered(here, where) == number)
    olive.close()
    return f"/conversations/{where}"


def _answered(here: Setting, where: str) -> int:
    answers = [each for each in here.database.messages(where) if each.role == "assistant"]
    return sum(each.status == "complete" for each in answers)


@contextmanager
def new_page(
    browser: Browser, here: Setting, script: str, slower: float
) -> Iterator[tuple[Page, float]]:
    """Yield a page of a new profile that runs a script first, and how much slower it was made."""
    with browser.new_context(base_url=here.server.url) as context:
        sign_in(context.new_page(), here.cast.olive)
        state = context.storage_state()
    with browser.new_context(base_url=here.server.url, storage_state=state) as context:
        page = context.new_page()
        page.add_init_script(script)
        yield page, slow_down(page, context.new_cdp_session(page), slower)


def load(browser: Browser, here: Setting, path: str, slower: float) -> list[float]:
    """Open the page; return what MEASURE returns, and how much slower it was."""
    with new_page(browser, here, RECORD, slower) as (page, factor):
        page.goto(path)
        page.wait_for_function("() => recorded.handled && recorded.connected")
        page.wait_for_timeout(QUIET_MS)
        figures: list[float] = page.evaluate(MEASURE)
    return [*figures, factor]


def type_meanwhile(browser: Browser, here: Setting, path: str, slower: float) -> float:
    """Open the page while letters are typed; return how long the slowest one took, in ms."""
    with new_page(browser, here, RECORD_KEYS + FOCUS, slower) as (page, _):
        page.goto(path, wait_until="commit")
        end = time.monotonic() + TYPING_SECONDS
        while time.monotonic() < end:
            page.keyboard.press("a")
            time.sleep(PAUSE_SECONDS)
        slowest: float = page.evaluate(SLOWEST)
    return slowest


def slow_down(page: Page, devtools: CDPSession, slower: float) -> float:
    """Slow the processor down for a page; return how much longer a loop takes."""
    before = _loop(page)
    devtools.send("Emulation.setCPUThrottlingRate", {"rate": slower})
    return _loop(page) / before


def _loop(page: Page) -> float:
    """Return the shortest time that the loop takes, in ms."""
    return min(page.evaluate(LOOP) for _ in range(5))


def table(runs: Sequence[Sequence[Any]], keys: Sequence[float]) -> None:
    """Print each figure's median, least and most."""
    print("| | median | least | most |\n|---|---|---|---|")
    *times, requests, sizes, factors = zip(*runs, strict=True)
    for name, values in zip([*TIMES, "a key is shown after"], [*times, keys], strict=True):
        print(f"| {name} | " + " | ".join(f"{each:,.0f} ms" for each in _of(values)) + " |")
    print("| requests | " + " | ".join(f"{each:,.0f}" for each in _of(requests)) + " |")
    print("| scripts and styles | " + " | ".join(f"{each:,.0f} B" for each in _of(sizes)) + " |")
    print("| slower by | " + " | ".join(f"{each:.1f}" for each in _of(factors)) + " |")


def _of(values: Sequence[float]) -> tuple[float, float, float]:
    return statistics.median(values), min(values), max(values)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--slower", type=float, default=4)
    args = parser.parse_args()
    headline(f"{2 * EXCHANGES} messages, a processor {args.slower:g} times slower")
    with setting() as here, sync_playwright() as playwright:
        path, browser = converse(here), launch(playwright)
        runs = [load(browser, here, path, args.slower) for _ in range(args.runs)]
        keys = [type_meanwhile(browser, here, path, args.slower) for _ in range(args.runs)]
        table(runs, keys)
        browser.close()


if __name__ == "__main__":
    main()
