"""What a page costs while a long answer streams: `python -m benchmarks.streaming_page`.

A model sends 20 kB of Markdown in 500 events, and Chromium measures the page.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import CDPSession, Page, sync_playwright

from app.demo.stories import all_stories
from benchmarks.script_time import main_thread, script_seconds
from tests.support.cast import create_cast
from tests.support.chromium import launch
from tests.support.database import Database
from tests.support.fake_model import FakeModel
from tests.support.server import Server, command
from tests.support.waiting import eventually
from tests.system.browser.tab import Tab, sign_in

PIECES = 500
LENGTH = 20_000
PER_SECOND = 40
SETTLING_SECONDS = 1.0
MODEL = f"openai:long@{PER_SECOND}"
COUNTED = ["ScriptDuration", "LayoutDuration", "RecalcStyleDuration", "TaskDuration"]
RECORD_LONG_TASKS = """
window.longTasks = [];
new PerformanceObserver((list) => {
  for (const { duration } of list.getEntries()) window.longTasks.push(duration);
}).observe({ type: "longtask" });
"""


def main() -> None:
    """Stream one answer, and print what it costs the page."""
    with conversation(pieces(long_text())) as (tab, database, where):
        devtools = tab.page.context.new_cdp_session(tab.page)
        devtools.send(
            "Performance.enable", {"timeDomain": "threadTicks"}
        )  # not the other processes'
        answer(tab, database, where, devtools)  # to warm up
        took = answer(tab, database, where, devtools)
        long_tasks = tab.page.evaluate("window.longTasks")
        with main_thread(tab.page) as events:  # which has a small cost
            answer(tab, database, where, devtools)
    print(f"{LENGTH:,} characters in {PIECES} events, {PER_SECOND} a second:")
    for name, seconds in took.items():
        print(f"  {name:22} {seconds * 1000:6.0f} ms")
    print(f"  {'scripts, promises too':22} {script_seconds(events) * 1000:6.0f} ms")
    print(f"  tasks over 50 ms       {[round(ms) for ms in long_tasks] or 'none'}")


def answer(tab: Tab, database: Database, where: str, devtools: CDPSession) -> dict[str, float]:
    """Let an answer stream to its end; return the page's times by kind, in seconds.

    The cost of asking, and of checking the page for the end, is not included.
    """
    count = len(database.messages(where)) + 2
    tab.ask("Go on")
    tab.page.evaluate("window.longTasks = []")
    before = counted(devtools)
    eventually(lambda: is_whole(database, where, count), 2 * PIECES / PER_SECOND)
    time.sleep(SETTLING_SECONDS)
    after = counted(devtools)
    tab.wait_for("complete")
    return {name: after[name] - before[name] for name in COUNTED}


def is_whole(database: Database, where: str, count: int) -> bool:
    """Return whether there are so many messages and the last one has ended."""
    messages = database.messages(where)
    return len(messages) == count and messages[-1].status == "complete"


def counted(devtools: CDPSession) -> dict[str, float]:
    """Return what Chromium has measured since the page was opened, in seconds."""
    metrics = devtools.send("Performance.getMetrics")["metrics"]
    return {m["name"]: m["value"] for m in metrics if m["name"] in COUNTED}


def long_text() -> str:
    """Return Markdown with every kind of block."""
    answers = "\n\n".join(each.answer for story in all_stories() for each in story.exchanges)
    return (f"{answers}\n\n" * (LENGTH // len(answers) + 1))[:LENGTH]


def pieces(text: str) -> list[str]:
    """Return `text` as so many events of the chat-completions API."""
    length = len(text) // PIECES
    return pieces_of([text[at : at + length] for at in range(0, len(text), length)])


def pieces_of(cut: Sequence[str]) -> list[str]:
    """Return texts as events of the chat-completions API."""
    ends = [{} for _ in cut[:-1]] + [{"finish_reason": "stop"}]
    deltas = [{"index": 0, "delta": {"content": part}} for part in cut]
    return [json.dumps({"choices": [a | b]}) for a, b in zip(deltas, ends, strict=True)]


@contextmanager
def conversation(events: Sequence[str]) -> Iterator[tuple[Tab, Database, str]]:
    """Open an empty conversation with a model that sends these in a browser."""
    with TemporaryDirectory() as folder, FakeModel() as model, sync_playwright() as playwright:
        model.streams["long"] = list(events)
        url = f"sqlite:///{folder}/midstream.sqlite3"
        settings = {"MODELS": MODEL, "OPENAI_BASE_URL": f"{model.url}/v1"}
        command(url, "db", "upgrade")
        with Server(url, Path(folder) / "server.log", **settings) as server:
            browser = launch(playwright)
            database = Database.at(url)
            with database.app.app_context():
                olive = create_cast().olive
            where = database.conversation(olive, model=MODEL)
            page: Page = browser.new_page(base_url=server.url, bypass_csp=True)
            page.set_default_timeout(2 * 1000 * PIECES / PER_SECOND)
            page.add_init_script(RECORD_LONG_TASKS)
            sign_in(page, olive)
            page.goto(f"/conversations/{where}")
            yield Tab(page), database, where
            browser.close()


if __name__ == "__main__":
    main()
