"""Records the README's moving picture: three people and two models in one conversation, which one
of the people opens in the middle of an answer.

It is a real run at its real pace: one server with two demo models, two browser windows, and every
frame that Chromium paints in them.
"""

from __future__ import annotations

import io
from base64 import b64decode
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont
from playwright.sync_api import Page, expect

from app.demo.stories import EVE, MAX, OLIVE
from docs.pictures.browser_setup import BrowserSetup

TITLE = "Joining in the middle"
MODELS = "demo,demo:critic"
MESSAGE = "Max is on the train. Will he miss anything?"
QUESTION = "@demo @critic What does a late reader see? /think 0 /rate 30"
ANSWER = "article[data-role=assistant]"
FRAME_MS = 100
LAST_FRAME_MS = 2000  # how long the end stays before the picture starts again
LARGEST_BYTES = 2_000_000

WINDOW = (432, 560)
MARGIN, CAPTION, RADIUS = 12, 32, 10
BACKGROUND, INK = "#8fa3ab", "#10222b"
CAPTIONS = ("Olive asks two models", "Max opens the page in the middle")


class Screencast:
    """Collects what a page shows, with the times at which it was painted, in seconds."""

    def __init__(self, page: Page) -> None:
        self.frames: list[tuple[float, Image.Image]] = []
        self._devtools = page.context.new_cdp_session(page)
        self._devtools.on("Page.screencastFrame", self._receive)
        self._devtools.send("Page.startScreencast", {"format": "png"})

    def stop(self) -> None:
        """Collect no more frames."""
        self._devtools.send("Page.stopScreencast")

    def at(self, time: float) -> Image.Image:
        """Return what the page showed at this time."""
        shown = [image for painted, image in self.frames if painted <= time]
        return shown[-1] if shown else self.frames[0][1]

    def _receive(self, event: dict[str, Any]) -> None:
        image = Image.open(io.BytesIO(b64decode(event["data"]))).convert("RGB")
        self.frames.append((event["metadata"]["timestamp"], image))
        self._devtools.send("Page.screencastFrameAck", {"sessionId": event["sessionId"]})


def record_late_reader(setup: BrowserSetup, path: Path) -> None:
    """Write the animation, with a server that has MODELS; both readers must show the same text at
    the end."""
    conversation = setup.create_conversation(TITLE, OLIVE, MAX, EVE)
    _say_to_everybody(setup.open(EVE, conversation))
    first = setup.open(OLIVE, conversation, width=WINDOW[0], height=WINDOW[1])
    second = setup.open(MAX, "/conversations", width=WINDOW[0], height=WINDOW[1])
    screencasts = [Screencast(first), Screencast(second)]
    _ask_and_arrive_late(first, second)
    for screencast in screencasts:
        screencast.stop()
    for page in (first, second):
        page.context.close()
    _write(screencasts, path)


def _say_to_everybody(page: Page) -> None:
    page.fill("[data-composer-text]", MESSAGE)
    page.press("[data-composer-text]", "Alt+Enter")
    page.wait_for_selector("article[data-role=user][data-status=complete]")
    page.context.close()


def _ask_and_arrive_late(first: Page, second: Page) -> None:
    first.locator("[data-composer-text]").press_sequentially(QUESTION, delay=15)
    first.click("[data-composer-send]")  # in a window as narrow as a phone's Enter breaks the line
    expect(first.locator(ANSWER).first).to_contain_text("second window")
    second.locator("a.listing-link", has_text=TITLE).first.click()
    second.wait_for_url("**/conversations/*")
    [arrived] = _answers(second)
    for page in (first, second):
        expect(page.locator(f"{ANSWER}[data-status=complete]")).to_have_count(2, timeout=60_000)
    first.wait_for_timeout(500)  # the last frames
    assert _answers(first) == _answers(second), "the readers do not show the same texts"
    assert 0 < len(arrived) < len(_answers(first)[0]), "the second reader was too late"


def _answers(page: Page) -> list[str]:
    return page.locator(f"{ANSWER} .message-content").all_inner_texts()


def _write(screencasts: list[Screencast], path: Path) -> None:
    painted = [time for screencast in screencasts for time, _ in screencast.frames]
    step, begin, end = FRAME_MS / 1000, min(painted), max(painted)
    frames: list[Image.Image] = []
    durations: list[int] = []
    for number in range(int((end - begin) / step) + 2):
        frame = _compose([screencast.at(begin + number * step) for screencast in screencasts])
        if frames and frame.tobytes() == frames[-1].tobytes():
            durations[-1] += FRAME_MS
        else:
            frames.append(frame)
            durations.append(FRAME_MS)
    durations[-1] = LAST_FRAME_MS
    frames[0].save(
        path, save_all=True, append_images=frames[1:], duration=durations, loop=0, quality=80
    )
    size = path.stat().st_size
    assert size < LARGEST_BYTES, f"{path} is too large: {size:,} bytes"


def _compose(windows: list[Image.Image]) -> Image.Image:
    """Put two windows side by side, each beneath its caption."""
    width, height = WINDOW
    sheet = Image.new("RGB", (3 * MARGIN + 2 * width, CAPTION + height + MARGIN), BACKGROUND)
    draw = ImageDraw.Draw(sheet)
    mask = Image.new("L", WINDOW)
    ImageDraw.Draw(mask).rounded_rectangle((0, 0, width - 1, height - 1), RADIUS, fill=255)
    for index, (window, caption) in enumerate(zip(windows, CAPTIONS, strict=True)):
        left = MARGIN + index * (width + MARGIN)
        draw.text(
            (left + width / 2, CAPTION / 2), caption, INK, ImageFont.load_default(16), anchor="mm"
        )
        sheet.paste(window.crop((0, 0, width, height)), (left, CAPTION), mask)
    return sheet
