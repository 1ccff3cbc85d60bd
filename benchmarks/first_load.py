"""How soon a page can be used: `python -m benchmarks.first_load [--runs 5] [--slower 4]`.

A conversation of 50 messages is opened by a browser that has none of its files yet, on a processor
that is made slower: by how much, a loop tells that runs before and after. The page can be used when
a key pressed in the composer is answered; it is at rest after its last task over 50 ms, if none
follows for a second and a half. Bytes are those of scripts and styles, compressed as they came.
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Sequence
from typing import Any

from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

from benchmarks.setting import Setting, headline, setting
from tests.support.chromium import launch
from tests.support.client import Client
from tests.support.waiting import eventually
from tests.system.browser.tab import sign_in

EXCHANGES = 25
QUESTION = "Question {number}? /think 40 /tokens 120 /rate 0"
QUIET_MS = 1500  # after which nothing long is expected any more
NAMES = ["first paint", "scripts have run", "a key is answered", "connected", "at rest"]
LOOP = """() => {
  const began = performance.now();
  for (let i = 0, x = 1; i < 2e7; i++) x = Math.imul(x, 31) + i;
  return performance.now() - began;
}"""
# Notes the end of the last long task, when an Enter in the empty composer is answered (the composer
# keeps it from breaking the line), and when the server has let the page in.
NOTE = """
window.noted = { tasksEnd: 0 };
new PerformanceObserver((list) => {
  for (const { startTime, duration } of list.getEntries()) noted.tasksEnd = startTime + duration;
}).observe({ type: "longtask", buffered: true });
const press = setInterval(() => {
  const key = new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true });
  const field = document.querySelector("[data-composer-text]");
  if (!field || field.dispatchEvent(key)) return;
  clearInterval(press);
  noted.answered = performance.now();
}, 5);
const Socket = window.WebSocket;
window.WebSocket = class extends Socket {
  constructor(...where) {
    super(...where);
    this.addEventListener("message", ({ data }) => {
      if (String(data).startsWith("40/conversations")) noted.connected ??= performance.now();
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
  const { answered, connected, tasksEnd } = noted;
  return [painted, ran, answered, connected, Math.max(ran, answered, connected, tasksEnd), bytes];
}"""


def converse(here: Setting) -> str:
    """Make a conversation of fifty messages; return its path."""
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


def load(browser: Browser, here: Setting, path: str, slower: float) -> list[float]:
    """Open the page in a new profile; return what MEASURE says, and how much slower it was."""
    page = browser.new_page(base_url=here.server.url)
    sign_in(page, here.cast.olive)
    state = page.context.storage_state()
    page.close()
    context = browser.new_context(base_url=here.server.url, storage_state=state)
    page = context.new_page()
    page.add_init_script(NOTE)
    factor = slow_down(page, page.context.new_cdp_session(page), slower)
    page.goto(path)
    page.wait_for_function("() => noted.answered && noted.connected")
    page.wait_for_timeout(QUIET_MS)
    figures: list[float] = page.evaluate(MEASURE)
    context.close()
    return [*figures, factor]


def slow_down(page: Page, devtools: CDPSession, slower: float) -> float:
    """Make the processor slower for a page; return how much longer a loop takes then."""
    before = _loop(page)
    devtools.send("Emulation.setCPUThrottlingRate", {"rate": slower})
    return _loop(page) / before


def _loop(page: Page) -> float:
    """Return how long the loop takes at its best, in ms."""
    return min(page.evaluate(LOOP) for _ in range(5))


def table(runs: Sequence[Sequence[Any]]) -> None:
    """Print each figure's median, least and most."""
    print("| | median | least | most |\n|---|---|---|---|")
    *times, sizes, factors = zip(*runs, strict=True)
    for name, values in zip(NAMES, times, strict=True):
        print(f"| {name} | " + " | ".join(f"{each:,.0f} ms" for each in _of(values)) + " |")
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
        table([load(browser, here, path, args.slower) for _ in range(args.runs)])
        browser.close()


if __name__ == "__main__":
    main()
