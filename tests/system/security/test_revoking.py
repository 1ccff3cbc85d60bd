"""What is taken from somebody is gone within a second, however and wherever it is taken."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from app.extensions import db
from app.models import ApiToken, User
from tests.support.browser_session import BrowserSession
from tests.support.cast import PASSWORD, Cast
from tests.support.reader import Reader
from tests.support.records import Records
from tests.support.server import Server, command
from tests.support.transport import Transport
from tests.support.waiting import eventually

pytestmark = [pytest.mark.system, pytest.mark.async_mode]
Read = Callable[..., Reader]

SECOND = 1.0
OTHER_PASSWORD = "another horse battery"


class Scene(NamedTuple):
    """Max reads in a browser and with a program what Olive has asked; there are two servers."""

    here: Server
    there: Server
    browser: BrowserSession
    token: str

    def run(self, *arguments: str) -> str:
        return command(self.here.database_url, *arguments)

    def browser_there(self) -> BrowserSession:
        """The same browser with the same cookie, at the other server."""
        other = BrowserSession(self.there.url)
        other.http.cookies.update(self.browser.http.cookies)
        return other


@pytest.fixture(scope="module")
def other_server(database_url: str, folder: Path) -> Iterator[Server]:
    """A second process on the database, without Redis between the two."""
    with Server(database_url, folder / "other.log") as server:
        yield server


@pytest.fixture
def scene(server: Server, other_server: Server, cast: Cast, records: Records) -> Iterator[Scene]:
    token = records.write(lambda: _begin_again(cast.max.email))
    session = BrowserSession(server.url).sign_in(cast.max)
    yield Scene(server, other_server, session, token)
    session.close()


def _begin_again(email: str) -> str:
    """Undo what a test has done to Max, and give him a new token."""
    user = User.by_email(email)
    assert user is not None
    user.enable()
    user.set_password(PASSWORD)
    for token in db.session.scalars(ApiToken.unrevoked(user.id).filter_by(name="laptop")):
        token.revoke()
    db.session.flush()
    return ApiToken.create(user, "laptop")


@pytest.fixture
def streaming(records: Records, cast: Cast, server: Server, read: Read) -> Iterator[str]:
    """The id of a conversation in which an answer goes on and on; Max is a member."""
    where = records.conversation(cast.olive, cast.max)
    olive = read(cast.olive, where)
    reply = olive.send("/tokens 100000 /rate 60")["reply"]
    eventually(lambda: olive.has_text(reply))
    yield where
    before = len(olive.heard("chunk"))
    eventually(lambda: len(olive.heard("chunk")) > before, what="the others must read on")
    assert olive.ask("stop", {"id": reply})["ok"]


def sign_out_here(scene: Scene) -> None:
    scene.browser.sign_out()


def sign_out_there(scene: Scene) -> None:
    scene.browser_there().sign_out()


def sign_out_everywhere(scene: Scene) -> None:
    scene.browser_there().post("/account/sign-out")


def change_password_there(scene: Scene) -> None:
    elsewhere = scene.browser_there()
    elsewhere.post("/account/password", current=PASSWORD, new=OTHER_PASSWORD)
    assert elsewhere.is_signed_in(), "who has changed it stays signed in, with a new cookie"


def set_password_by_command(scene: Scene) -> None:
    scene.run("user", "password", "max@example.org", "--password", OTHER_PASSWORD)


def disable_by_command(scene: Scene) -> None:
    scene.run("user", "disable", "max@example.org")


def revoke_here(scene: Scene) -> None:
    scene.browser.post("/account/tokens/revoke", name="laptop")


def revoke_there(scene: Scene) -> None:
    scene.browser_there().post("/account/tokens/revoke", name="laptop")


def revoke_by_command(scene: Scene) -> None:
    scene.run("token", "revoke", "max@example.org", "laptop")


COOKIE_ENDS = [
    sign_out_here,
    sign_out_there,
    sign_out_everywhere,
    change_password_there,
    set_password_by_command,
    disable_by_command,
]
TOKEN_ENDS = [revoke_here, revoke_there, revoke_by_command, disable_by_command]


@pytest.mark.parametrize("end", COOKIE_ENDS)
def test_a_cookie_that_ended_opens_nothing_and_what_it_had_opened_is_closed(
    end: Callable[[Scene], None], scene: Scene, streaming: str
) -> None:
    cookie = scene.browser.cookie
    with Transport(scene.here.url, Cookie=cookie) as tab:
        assert tab.connect() == "0"
        _gone_after(lambda: end(scene), tab, streaming)
        assert tab.connect() == "unauthorized", "the handshake's cookie must be worth nothing"
    old = BrowserSession(scene.here.url)
    old.http.headers["Cookie"] = cookie
    assert "/login?next=" in old.http.get(f"{old.url}/conversations", timeout=20).url
    old.close()


@pytest.mark.parametrize("end", TOKEN_ENDS)
def test_a_token_that_was_revoked_opens_nothing_and_what_it_had_opened_is_closed(
    end: Callable[[Scene], None], scene: Scene, streaming: str
) -> None:
    with Transport(scene.here.url) as program:
        assert program.connect(token=scene.token) == "0"
        _gone_after(lambda: end(scene), program, streaming)
        assert program.connect(token=scene.token) == "unauthorized"


def _gone_after(end: Callable[[], None], reader: Transport, where: str) -> None:
    assert reader.ask("join", {"conversation": where, "after": 0})["ok"]
    eventually(lambda: reader.times_of("chunk"), what="it must read along")
    assert not reader.is_sent_away
    end()
    ended = time.monotonic()
    eventually(lambda: reader.is_sent_away, SECOND, "it was not sent away")
    for event in ("join", "send", "conversations"):  # what is no longer let in gets no answer
        reader.send(event, {"conversation": where, "content": "Still there"}, 99)
    later = ended + 2 * SECOND
    eventually(lambda: time.monotonic() > later, what="time passes, for what must not come")
    assert not [at for at in reader.times_of("chunk") if at > ended + SECOND]
    assert not [
        packet for packet in reader.packets if packet.text.startswith("43/conversations,99")
    ]


def _in_background(work: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=work)
    thread.start()
    return thread


def remove_by_command(scene: Scene, records: Records, where: str, cast: Cast) -> None:
    scene.run("members", "remove", where, cast.max.email)


def remove_by_another_process(scene: Scene, records: Records, where: str, cast: Cast) -> None:
    records.dismiss(where, cast.max)


@pytest.mark.parametrize("remove", [remove_by_command, remove_by_another_process])
def test_a_removed_member_who_hammers_join_does_not_slip_back_in(
    remove: Callable[..., None], scene: Scene, records: Records, streaming: str, cast: Cast
) -> None:
    wish = {"conversation": streaming, "after": 0}
    with Transport(scene.here.url) as rex, Transport(scene.there.url) as rex_there:
        for each in (rex, rex_there):
            assert each.connect(token=scene.token) == "0"
            assert each.ask("join", wish)["ok"]
        eventually(lambda: rex.times_of("chunk"), what="Rex must read along")
        deadline = time.monotonic() + 30
        removing = _in_background(lambda: remove(scene, records, streaming, cast))
        while removing.is_alive() and time.monotonic() < deadline:
            rex.send("join", wish)
            rex_there.send("join", wish)
            time.sleep(0.03)
        removed = time.monotonic()
        while time.monotonic() < removed + 3 * SECOND:
            rex.send("join", wish)
            rex_there.send("join", wish)
            time.sleep(0.03)
        for each in (rex, rex_there):
            assert each.ask("join", wish)["error"] == "not_found"
            for event in ("chunk", "current_state", "message", "conversation"):
                assert not [at for at in each.times_of(event) if at > removed + SECOND], event
