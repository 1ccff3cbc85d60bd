"""The machine's own Chromium, without what it would do on the network by itself."""

from __future__ import annotations

import shutil

from playwright.sync_api import Browser, Playwright

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
UNWANTED = ["--disable-back-forward-cache"]  # Playwright's default; people's browsers have it


def launch(playwright: Playwright) -> Browser:
    """Start it, without a window."""
    return playwright.chromium.launch(
        executable_path=shutil.which("chromium"), args=ARGUMENTS, ignore_default_args=UNWANTED
    )
