"""The machine's own Chromium, without its background network traffic."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, Page, Playwright

# A process for each window's address bar and one for a page that may come: together a third of what
# the tests in a browser take. Only the last such list counts, so this one repeats Playwright's.
NEEDLESS = """
WebUIOmniboxPopup WebUIOmniboxAimPopup WebUIOmniboxFullPopup SpareRendererForSitePerProcess
AimEnabled AvoidCorsURLLoaderRestartOnRedirect AvoidUnnecessaryBeforeUnloadCheckSync
DestroyProfileOnBrowserClose HttpsFirstBalancedModeAutoEnable HttpsUpgrades LensOverlay MediaRouter
NetworkTimeServiceQuerying OptimizationHints PaintHolding PreconnectToSearch
ThirdPartyStoragePartitioning
""".split()
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    f"--disable-features={','.join(NEEDLESS)}",
]
UNWANTED = ["--disable-back-forward-cache"]  # Playwright's default; people's browsers have it


def launch(playwright: Playwright, *more: str, bare: bool = False) -> Browser:
    """Start it headless, with windows as usual.

    `more` are further arguments. `bare` prefers chromium-headless-shell: it renders the same, takes
    a third less time, and has no back-forward cache.
    """
    bare_one = shutil.which("chromium-headless-shell") if bare else None
    return playwright.chromium.launch(
        executable_path=bare_one or shutil.which("chromium"),
        args=[*ARGUMENTS, *more],
        ignore_default_args=UNWANTED,
    )


@contextmanager
def traced(page: Page, *categories: str) -> Iterator[list[dict[str, Any]]]:
    """Yield a list; at the end it is filled with Chromium's trace of these categories alone."""
    browser = page.context.browser
    assert browser is not None
    events: list[dict[str, Any]] = []
    browser.start_tracing(page=page, categories=["-*", *categories])
    yield events
    events += json.loads(browser.stop_tracing())["traceEvents"]
