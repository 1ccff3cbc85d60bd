"""A TCP proxy between readers and a server: it delays, slices, stalls, holds back and cuts."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, TypeVar
from urllib.parse import urlsplit

from tests.support.proxy import Link, Network, Streams

T = TypeVar("T")


class Proxy:
    """Leads to the server at a URL; readers connect to the proxy's own `url`.

    What `network` says may be changed at any time, and so may `target`, to where new
    connections lead: a server that is started again has another port.
    """

    def __init__(self, target: str) -> None:
        self.target = target
        self.network = Network()
        self.accepted = 0
        self._is_cut = False
        self._links: set[Link] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._server = self._wait(asyncio.start_server(self._accept, "127.0.0.1", 0))
        self.url = "http://{}:{}".format(*self._server.sockets[0].getsockname())

    def cut(self) -> None:
        """Reset every connection, and every new one until `restore`."""
        self._is_cut = True
        self.reset()

    def restore(self) -> None:
        """Let new connections through again."""
        self._is_cut = False

    def reset(self) -> None:
        """Reset the connections that there are, on both sides."""
        self._for_each(Link.reset)

    def half_open(self) -> None:
        """Lose the server's sides of the connections, of which the readers hear nothing."""
        self._for_each(Link.lose_server)

    def stall(self) -> None:
        """Let no byte through, either way, until `resume`; connections stay open."""
        self._do(self.network.flows.clear)

    def resume(self) -> None:
        """Let through what has waited, and all else."""
        self._do(self.network.flows.set)

    def hold(self, beginning: bytes) -> None:
        """Keep from the server new connections whose first bytes are these, until `release`."""
        self.network.held = beginning
        self._do(self.network.released.clear)

    def release(self) -> None:
        """Let the connections through that are held back, and all else."""
        self.network.held = None
        self._do(self.network.released.set)

    def close(self) -> None:
        """End everything."""
        self._wait(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _accept(self, *reader: Any) -> None:
        link = Link(reader, self.network)
        task = asyncio.current_task()
        assert task is not None
        self._links.add(link)
        self._tasks.add(task)
        self.accepted += 1
        with suppress(OSError, asyncio.CancelledError):  # asyncio logs what leaves here
            await self._lead(link, reader)
        self._links.discard(link)
        self._tasks.discard(task)

    async def _lead(self, link: Link, reader: Streams) -> None:
        if self._is_cut:
            return link.reset()
        address = urlsplit(self.target)
        await link.run(address.hostname or "", address.port or 80)

    async def _close(self) -> None:
        self._server.close()
        for link in list(self._links):
            link.reset()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _for_each(self, action: Callable[[Link], None]) -> None:
        self._do(lambda: [action(link) for link in list(self._links)])

    def _do(self, action: Callable[[], Any]) -> None:
        async def work() -> None:
            action()

        self._wait(work())

    def _wait(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()
