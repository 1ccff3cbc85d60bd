"""Two processes on one database: a list that is followed at one shows what happens at the other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.cast import Cast
from tests.support.client import Client
from tests.support.database import Database
from tests.support.http_session import BrowserSession
from tests.support.list_follower import FOLLOW, ListFollower
from tests.support.server import Server
from tests.support.waiting import eventually

pytestmark = [pytest.mark.system, pytest.mark.async_mode, pytest.mark.redis]
TIMEOUT_SECONDS = 20.0


@pytest.fixture(scope="module", params=["with redis", "without redis"])
def pair(
    request: pytest.FixtureRequest, database_url: str, folder: Path
) -> Iterator[tuple[Server, Server]]:
    """Two processes, with a Redis and without."""
    has_redis = request.param == "with redis"
    more = {"REDIS_URL": request.getfixturevalue("redis_url")} if has_redis else {}
    with (
        Server(database_url, folder / f"one-{has_redis}.log", **more) as one,
        Server(database_url, folder / f"two-{has_redis}.log", **more) as two,
    ):
        yield one, two


def test_changes_at_one_process_are_shown_at_the_other(
    pair: tuple[Server, Server], database: Database, cast: Cast
) -> None:
    here, there = pair
    where = database.conversation(cast.olive, cast.max, title="Loaves")
    olive = BrowserSession(here.url).sign_in(cast.olive)
    path = f"/conversations/{where}"
    with (
        ListFollower().follow(there.url, cast.max.token) as max_,
        Client().open(here.url, cast.olive.token) as asking,
    ):
        assert max_.shows(where, title="Loaves", is_listed=True)()
        olive.post(f"{path}/rename", title="Rolls")
        eventually(max_.shows(where, title="Rolls"), TIMEOUT_SECONDS)
        asked = {"conversation": where, "content": "Why? /tokens 100000 /rate 50"}
        reply = asking.ask("send", asked)["reply"]
        eventually(max_.shows(where, streaming=True, position=2), TIMEOUT_SECONDS)
        asking.ask("stop", {"id": reply})
        eventually(max_.shows(where, streaming=None, position=2), TIMEOUT_SECONDS)
        olive.post(f"{path}/delete")
        eventually(max_.shows(where, is_listed=False), TIMEOUT_SECONDS)
        olive.post(f"{path}/restore")
        eventually(max_.shows(where, is_listed=True), TIMEOUT_SECONDS)
        database.remove_member(where, cast.max)
        eventually(max_.shows(where, is_listed=False), TIMEOUT_SECONDS)
        database.add_member(where, cast.max)
        eventually(max_.shows(where, is_listed=True), TIMEOUT_SECONDS)
        state = max_.ask("conversations", FOLLOW)["conversations"]
        [row] = [each for each in state if each["conversation"] == where]
        assert row["version"] == max_.rows[where]["version"]
    olive.close()
