"""The machine's own Chromium, without its background network traffic."""

from __future__ import annotations

import shutil

from playwright.sync_api import Browser, Playwright

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
