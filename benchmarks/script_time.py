"""How long a page's scripts run, including promises, which Chromium's ScriptDuration omits."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Page

from tests.support.chromium import traced

SCRIPT = {"FunctionCall", "EvaluateScript", "RunMicrotasks", "v8.evaluateModule"}
NOT_SCRIPT = {"UpdateLayoutTree", "Layout"}
Event = dict[str, Any]


@contextmanager
def main_thread(page: Page) -> Iterator[list[Event]]:
    """Yield a list; at the end it is filled with what the page's main thread did meanwhile."""
    events: list[Event] = []
    with traced(page, "devtools.timeline", "v8.execute") as all:
        yield events
    main = _main_threads(all)
    # Chromium leaves out the thread's time of an event now and then
    whole = [each for each in all if each.get("ph") == "X" and "tts" in each]
    events += [each for each in whole if _thread(each) in main]


def script_seconds(events: list[Event]) -> float:
    """Return the main thread's time in scripts, without the styles and layout that they cause."""
    script = _outermost([each for each in events if each["name"] in SCRIPT])
    other = _outermost([each for each in events if each["name"] in NOT_SCRIPT])
    within = [each for each in other if any(_is_within(each, one) for one in script)]
    return (sum(map(_ran, script)) - sum(map(_ran, within))) / 1_000_000


def _outermost(events: list[Event]) -> list[Event]:
    found: list[Event] = []
    for event in sorted(events, key=lambda each: (*_thread(each), each["tts"], -_ran(each))):
        if not found or not _is_within(event, found[-1]):
            found.append(event)
    return found


def _is_within(event: Event, other: Event) -> bool:
    begin = other["tts"]
    return _thread(event) == _thread(other) and begin <= event["tts"] < begin + _ran(other)


def _main_threads(events: list[Event]) -> set[tuple[int, int]]:
    names = [each for each in events if each["name"] == "thread_name"]
    return {_thread(each) for each in names if each["args"]["name"] == "CrRendererMain"}


def _thread(event: Event) -> tuple[int, int]:
    return event["pid"], event["tid"]


def _ran(event: Event) -> float:
    """Return the processor time of the thread, in microseconds."""
    return float(event.get("tdur", 0))
