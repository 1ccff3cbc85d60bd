"""The machine's own Chromium, without what it would do on the network by itself."""

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


def launch(playwright: Playwright, *, bare: bool = False) -> Browser:
    """Start it where nobody sees it.

    It has windows all the same, as people's browsers have. A `bare` one has none: it shows pages
    alike, takes a third less time, and keeps no page for the way back. Where only the other is
    installed it is that.
    """
    bare_one = shutil.which("chromium-headless-shell") if bare else None
    return playwright.chromium.launch(
        executable_path=bare_one or shutil.which("chromium"),
        args=ARGUMENTS,
        ignore_default_args=UNWANTED,
    )
