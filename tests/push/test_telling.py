"""What is pushed, to whom, and to whom not."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import NamedTuple

import pytest

from app.config import PushSettings
from app.extensions import db
from app.models import Message, PushSubscription, SignIn
from app.models.notification_settings import NotificationSettings
from app.models.push_subscription import MAX_DEVICES
from app.providers import Text
from app.push import sending
from app.replies import telling
from app.replies.generation import conclude
from tests.support.browser import Browser
from tests.support.cast import Cast, Person
from tests.support.harness import Harness
from tests.support.push_service import PushService
from tests.support.socket import Socket

PAGE = "/account/notifications"


class Pushing(NamedTuple):
    """An app that pushes, a conversation of Olive's and Max's, and what they do."""

    harness: Harness
    service: PushService
    push: PushSettings
    conversation: str
    olive: Socket

    def say(self, text: str = "So, @Max, the secret?") -> str:
        """Let Olive write to everybody; return the id."""
        payload = {"conversation": self.conversation, "content": text, "asks": []}
        ack = self.olive.ask("send", payload)
        self.harness.run_later()
        return str(ack["id"])

    def subscribe(self, person: Person, **fields: str) -> Browser:
        """Sign a person in in another browser, and have it subscribe."""
        browser = Browser(self.harness.app).signed_in(person)
        subscription = self.service.subscribe().form
        form = {**subscription, "server_key": self.push.public_key, "name": "Laptop", **fields}
        assert browser.post(f"{PAGE}/devices", form_on=PAGE, **form).status_code < 400
        return browser

    def devices(self) -> list[str]:
        """Return the names of all devices."""
        found = db.select(PushSubscription.name).order_by(PushSubscription.id)
        return self.harness.database.read(lambda: list(db.session.scalars(found)))


@pytest.fixture
def it(
    harness: Harness, cast: Cast, service: PushService, push: PushSettings, conversation: str
) -> Pushing:
    olive = harness.reader(cast.olive, conversation)
    return Pushing(harness, service, push, conversation, olive)


def test_a_mention_is_pushed_to_each_device_once_and_without_its_text(
    it: Pushing, cast: Cast
) -> None:
    for name in ("Phone", "Laptop"):
        it.subscribe(cast.max, name=name)
    it.subscribe(cast.eve)
    message = it.say()
    assert len(it.service.pushed) == 2 == len({each.browser.endpoint for each in it.service.pushed})
    for pushed in it.service.pushed:
        assert pushed.told == {
            "id": message,
            "conversation": it.conversation,
            "title": "Tests",
            "body": "Olive has mentioned you.",
        }
        assert pushed.headers["Topic"] == message
    telling.tell_mentioned(message)  # by another process
    it.harness.run_later()
    assert len(it.service.pushed) == 2


def test_a_finished_answer_is_pushed_once_with_its_beginning_where_that_is_wished(
    it: Pushing, cast: Cast
) -> None:
    browser = it.subscribe(cast.max)
    assert browser.post(PAGE, form_on=PAGE, answers="on", shows_text="on").status_code < 400
    answer = it.harness.answered(it.conversation, cast.max, Text("It is\n**" + "long " * 100))
    for _ in range(2):
        conclude(answer.message_id)
        it.harness.run_later()
    [pushed] = it.service.pushed
    body = pushed.told["body"]
    assert body.startswith("Demo has answered your question. It is **long long") and len(body) < 200
    it.harness.answered(it.conversation, cast.olive, Text("Yes."))  # hers: she has no device
    it.harness.run_later()
    assert len(it.service.pushed) == 1


def test_nothing_is_pushed_to_whoever_looks_has_muted_or_wants_none(
    it: Pushing, cast: Cast
) -> None:
    browser = it.subscribe(cast.max)
    max_ = it.harness.reader(cast.max, it.conversation)

    assert max_.ask("presence", {"conversation": it.conversation, "here": True})["ok"]
    it.say()
    assert it.service.received == 0
    assert max_.ask("presence", {"conversation": it.conversation, "here": False})["ok"]
    it.say()
    assert len(it.service.pushed) == 1
    where = f"/conversations/{it.conversation}"
    browser.post(f"{where}/mute", form_on=where)
    it.say()
    browser.post(f"{where}/unmute", form_on=where)
    browser.post(PAGE, form_on=PAGE, answers="on")
    it.say()
    assert len(it.service.pushed) == 1


def test_a_device_that_is_signed_out_or_removed_gets_nothing(it: Pushing, cast: Cast) -> None:
    for end in ("/logout", "/account/sign-out"):
        browser = it.subscribe(cast.max)
        assert it.devices() == ["Laptop"]
        browser.post(end, form_on="/account")
        assert it.devices() == []
    browser = it.subscribe(cast.max)
    key = it.harness.database.read(lambda: db.session.scalars(db.select(PushSubscription.id)).one())
    it.subscribe(cast.eve).post(f"{PAGE}/devices/remove", form_on=PAGE, id=str(key))
    assert len(it.devices()) == 2, "somebody else's"
    browser.post(f"{PAGE}/devices/remove", form_on=PAGE, id=str(key))
    assert len(it.devices()) == 1
    it.say()
    assert it.service.received == 0


def test_a_sign_in_that_is_too_old_gets_nothing(it: Pushing, cast: Cast) -> None:
    it.subscribe(cast.max)

    def grow_old() -> None:
        for each in db.session.scalars(db.select(SignIn)):
            each.created_at = each.created_at.replace(year=2000)

    it.harness.database.write(grow_old)
    it.say()
    assert it.service.received == 0


def test_what_waits_is_not_sent_after_signing_out(it: Pushing, cast: Cast) -> None:
    browser = it.subscribe(cast.max)
    olive = it.harness.reader(cast.olive, it.conversation)
    olive.ask("send", {"conversation": it.conversation, "content": "@Max?", "asks": []})
    task, args = it.harness.later.popleft()
    assert task is telling.tell_mentioned
    task(*args)
    browser.post("/logout", form_on="/account")
    it.harness.run_later()
    assert it.service.received == 0


@pytest.mark.parametrize("status", [404, 410])
def test_a_device_that_is_gone_is_forgotten(it: Pushing, cast: Cast, status: int) -> None:
    it.subscribe(cast.max)
    it.service.answers.append((status, {}))
    it.say()
    assert it.devices() == [] and it.service.received == 1


@pytest.mark.parametrize("answer", [(429, {"Retry-After": "0"}), (503, {"Retry-After": "soon"})])
def test_a_busy_service_is_asked_again(
    it: Pushing, cast: Cast, answer: tuple[int, dict[str, str]]
) -> None:
    it.subscribe(cast.max)
    it.service.answers.append(answer)
    it.say()
    assert (it.service.received, len(it.service.pushed)) == (2, 1)
    it.service.answers += [answer] * 4
    it.say()
    assert (it.service.received, len(it.service.pushed)) == (5, 1), "three attempts are enough"
    assert len(it.devices()) == 1


@pytest.mark.parametrize(
    "answer", [(400, {}), (302, {"Location": "/"}), (429, {"Retry-After": "9999"})]
)
def test_other_refusals_are_final_and_the_log_has_nothing_secret(
    it: Pushing, cast: Cast, answer: tuple[int, dict[str, str]], caplog: pytest.LogCaptureFixture
) -> None:
    it.subscribe(cast.max)
    it.service.answers.append(answer)
    with caplog.at_level(logging.WARNING):
        it.say()
    assert (it.service.received, it.service.pushed) == (1, [])
    assert str(answer[0]) in caplog.text
    assert "/push/" not in caplog.text and "localhost" not in caplog.text


def test_a_service_that_is_away_is_tried_again_and_then_given_up(
    it: Pushing, cast: Cast, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    it.subscribe(cast.max)
    monkeypatch.setenv("SSL_CERT_FILE", "/dev/null")  # nobody's certificate is trusted
    it.say()
    assert caplog.text.count("was not reached: SSLCertVerificationError") == 3
    assert it.service.received == 0


def test_what_is_too_much_is_dropped_and_the_room_is_given_back(
    it: Pushing, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "_waiting", type(sending._waiting)(1))
    for _ in range(2):
        it.subscribe(cast.max)
    for number in (1, 2):
        it.say()
        assert len(it.service.pushed) == number, "one of two devices"


def test_another_key_of_ours_reaches_no_device(it: Pushing, cast: Cast) -> None:
    it.subscribe(cast.max)
    config = it.harness.app.extensions["config"]
    it.harness.app.extensions["config"] = replace(config, push=config.push._replace(public_key="x"))
    it.say()
    it.harness.app.extensions["config"] = replace(config, push=None)
    it.say()
    assert it.service.received == 0


def test_a_person_has_so_many_devices_and_a_browser_is_one(it: Pushing, cast: Cast) -> None:
    first = it.subscribe(cast.max, name="First")
    form = {**it.service.subscribe().form, "server_key": it.push.public_key, "name": "Renamed"}
    first.post(f"{PAGE}/devices", form_on=PAGE, **form)
    assert it.devices() == ["Renamed"]
    it.subscribe(
        cast.eve,
        **form,
    )
    assert it.devices() == ["Renamed"], "it is the same browser"
    for number in range(MAX_DEVICES + 1):
        it.subscribe(cast.max, name=f"{number}")
    assert it.devices()[:2] == ["Renamed", "1"] and len(it.devices()) == MAX_DEVICES + 1


def test_a_message_that_is_not_shown_any_more_is_not_pushed(it: Pushing, cast: Cast) -> None:
    it.subscribe(cast.max)
    assert not it.harness.database.write(lambda: telling.claim("0" * 32))
    assert it.harness.database.read(lambda: telling.beginning_of("0" * 32)) == ""
    assert (
        it.harness.database.read(lambda: db.session.scalar(db.select(NotificationSettings))) is None
    )
    assert it.harness.database.read(lambda: db.session.scalar(db.select(Message))) is None
