"""Browser contexts that tests use one after another.

A context that is given back keeps its HTTP cache: scripts and styles take most of the time that
opening a page takes. Cookies and stored data are removed.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Error, StorageState

TIMEOUT_MS = 10_000
USER_DATA = "cookies,local_storage,indexeddb,service_workers,cache_storage"


class Contexts:
    """The unused contexts, by the options they were created with."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._free: dict[str, list[BrowserContext]] = defaultdict(list)
        self._kinds: dict[BrowserContext, tuple[str, str]] = {}

    def take(
        self, url: str, state: StorageState | None, *, fresh: bool = False, **options: Any
    ) -> BrowserContext:
        """Return a context for this site with these options, and only these cookies."""
        kind = f"{url} {sorted(options.items())}"
        if fresh or not self._free[kind]:
            self._free[kind].append(self._browser.new_context(base_url=url, **options))
        context = self._free[kind].pop()
        context.set_default_timeout(TIMEOUT_MS)
        context.add_cookies(state["cookies"] if state else [])  # type: ignore[arg-type]
        self._kinds[context] = kind, url
        return context

    def give_back(self, context: BrowserContext) -> None:
        """Remove the user's data for the next test; close the context if that fails."""
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
    first.goto("about:blank")  # ends the page's scripts before its data is cleared
    devtools = context.new_cdp_session(first)
    devtools.send("Storage.clearDataForOrigin", {"origin": url, "storageTypes": USER_DATA})
    context.clear_cookies()
    first.close()
