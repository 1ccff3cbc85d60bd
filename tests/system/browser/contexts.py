"""Browser contexts, each somebody's own browser, used again by test after test.

One that is given back keeps what everybody may fetch and keep: scripts and styles. They are most of
what opening a page takes. Nothing of a person stays in it.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Error, StorageState

PATIENCE_MS = 10_000
OF_A_PERSON = "cookies,local_storage,indexeddb,service_workers,cache_storage"


class Contexts:
    """Those that nobody uses now, by what they were made with."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._free: dict[str, list[BrowserContext]] = defaultdict(list)
        self._kinds: dict[BrowserContext, tuple[str, str]] = {}

    def take(
        self, url: str, state: StorageState | None, *, fresh: bool = False, **options: Any
    ) -> BrowserContext:
        """Return one for this site, made with these options, which holds these cookies alone."""
        kind = f"{url} {sorted(options.items())}"
        if fresh or not self._free[kind]:
            self._free[kind].append(self._browser.new_context(base_url=url, **options))
        context = self._free[kind].pop()
        context.set_default_timeout(PATIENCE_MS)
        context.add_cookies(state["cookies"] if state else [])  # type: ignore[arg-type]
        self._kinds[context] = kind, url
        return context

    def give_back(self, context: BrowserContext) -> None:
        """Empty it for whoever is next; one that can't be emptied is closed."""
        kind, url = self._kinds.pop(context)
        try:
            _empty(context, url)
            self._free[kind].append(context)
        except Error:
            context.close()


def _empty(context: BrowserContext, url: str) -> None:
    context.set_offline(False)
    context.unroute_all(behavior="ignoreErrors")
    first, *others = context.pages
    for page in others:
        page.close()
    first.goto("about:blank")  # whose scripts have an end before what they keep is cleared
    devtools = context.new_cdp_session(first)
    devtools.send("Storage.clearDataForOrigin", {"origin": url, "storageTypes": OF_A_PERSON})
    context.clear_cookies()
    first.close()
