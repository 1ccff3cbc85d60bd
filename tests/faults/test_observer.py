"""A follower believes what one connection says, and nothing of one that it has given up."""

from __future__ import annotations

from typing import cast

from midstream.rule import Event
from tests.support.client import Client
from tests.support.reader import Reader

ACK = {"ok": True, "position": 65, "revision": 3}
MESSAGE = {"conversation": "c", "id": "m", "position": 65, "revision": 3, "role": "user"}
TEXT = {"since": 0, "seq": 1, "status": "complete", "content": "Hello"}


class Acknowledged(Reader):
    """A join gets its events and its acknowledgement, between which the connection may be cut."""

    is_cut = False

    def send_join(self, client: Client, request: Event) -> Event:
        if self.is_cut:
            self.client = None
        self._receive(client, "message", {**MESSAGE, **TEXT})
        return ACK


def test_an_acknowledgement_counts_only_where_its_events_do() -> None:
    for is_cut, after, held in ((False, 65, {"m"}), (True, 0, set())):
        follower = Acknowledged("", "c")
        client = follower.client = cast(Client, object())
        follower.is_cut = is_cut
        follower._join(client)
        assert follower.log.join_request()["after"] == after
        assert set(follower.log.messages) == held
        follower.client = None
        follower.close()
