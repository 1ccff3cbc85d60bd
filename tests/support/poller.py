"""A session over HTTP whose polls are the test's own: nothing polls by itself."""

from __future__ import annotations

import json

from tests.support.raw import CONNECT, ENGINE, Tcp, open_session


class Poller:
    """A session of Engine.IO's, not signed in yet."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.path = f"{ENGINE}polling&sid={open_session(url)}"

    def join(self, token: str, conversation: str) -> None:
        """Sign in and join, and wait for nothing but that both have been taken."""
        wish = {"conversation": conversation, "after": 0}
        assert self.post(CONNECT + json.dumps({"token": token})) == "200"
        assert self.post("42/conversations,1" + json.dumps(["join", wish])) == "200"

    def post(self, packet: str) -> str:
        """Return the status of a post."""
        with Tcp(self._url) as tcp:
            tcp.request("POST", self.path, packet)
            return tcp.head().split()[1]
