"""Web Push from two real server processes to a real push service: once, and not to who looks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.config import push_settings_from
from app.extensions import db
from app.models import PushSubscription, User
from app.models.push_subscription import Subscription
from app.models.sign_in import SignIn
from tests.support.cast import Cast, Person
from tests.support.database import Database
from tests.support.push_service import PushService, push_service
from tests.support.reader import Reader
from tests.support.server import Server, command
from tests.support.waiting import eventually

pytestmark = [pytest.mark.system, pytest.mark.redis, pytest.mark.async_mode]
Read = Callable[..., Reader]


@pytest.fixture(scope="module")
def service(folder: Path) -> Iterator[PushService]:
    with push_service(folder) as service:
        yield service


@pytest.fixture(scope="module")
def settings(
    redis_url: str, folder: Path, service: PushService, database_url: str
) -> dict[str, str]:
    key, _ = command(database_url, "push", "keys").splitlines()
    return {
        "REDIS_URL": redis_url,
        "VAPID_PRIVATE_KEY": key.removeprefix("VAPID_PRIVATE_KEY="),
        "VAPID_SUBJECT": "mailto:admin@example.org",
        "PUSH_HOSTS": f"localhost:{service.port}",
        "SSL_CERT_FILE": str(folder / "certificate.pem"),
    }


def subscribe(database: Database, service: PushService, person: Person, server_key: str) -> None:
    """Let a browser of a person have subscribed."""

    def work() -> None:
        user = User.by_email(person.email)
        assert user
        SignIn.begin(user.id)
        db.session.flush()
        sign_in = db.session.scalars(SignIn.active(user.id)).first()
        assert sign_in
        new = Subscription(**service.subscribe().form, server_key=server_key)
        PushSubscription.add(user.id, sign_in.id, "Phone", new)

    database.write(work)


def test_each_message_is_pushed_once_and_not_to_whoever_looks_at_another_process(
    server: Server,
    start_server: Callable[..., Server],
    settings: dict[str, str],
    service: PushService,
    database: Database,
    cast: Cast,
    read: Read,
) -> None:
    there = start_server(**settings)
    where = database.conversation(cast.olive, cast.max)
    subscribe(database, service, cast.max, public_key(settings))
    olive, max_ = read(cast.olive, where), read(cast.max, where, there.url)
    assert max_.ask("presence", {"conversation": where, "here": True})["ok"]
    eventually(lambda: olive.events("present"), what="the other process must know")
    write(olive, where, "@Max, you are here")
    assert max_.ask("presence", {"conversation": where, "here": False})["ok"]
    eventually(lambda: olive.events("present")[-1]["people"] == [])
    message = write(olive, where, "@Max, you are gone")
    eventually(lambda: service.pushed)
    reply = max_.ask("send", {"conversation": where, "content": "/tokens 5 /rate 0 And?"})["reply"]
    eventually(lambda: len(service.pushed) == 2)
    assert [each.told["id"] for each in service.pushed] == [message, reply]
    assert service.received == 2
    for each in (server, there):
        assert "/push/" not in each.log.read_text()


def write(reader: Reader, where: str, text: str) -> str:
    """Write to everybody; return the message's id."""
    return str(reader.ask("send", {"conversation": where, "content": text, "asks": []})["id"])


def public_key(settings: dict[str, str]) -> str:
    """Return the server's public key."""
    found = push_settings_from(settings)
    assert found
    return found.public_key
