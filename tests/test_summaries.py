"""Mail about mentions and answers that stay unread."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from app import mail, replies, summaries
from app.config import MailServer
from app.extensions import db
from app.models import Membership, Message, NotificationSettings, Status
from app.models.columns import now
from app.models.rights import MemberRole
from app.models.unseen import unseen
from app.providers import Text
from app.replies import generation
from tests.support.browser import Browser
from tests.support.cast import Cast, Person
from tests.support.database import Database
from tests.support.harness import Harness
from tests.support.statements import executed

SERVER = MailServer("127.0.0.1", 9, False, None, None, "midstream@example.org")
INDEXES = ("mentioning_messages (created_at>", "unseen_answers (ended_at>")


class Post:
    """The server's mails; `at(minutes)` is a look at the clock so many minutes from now."""

    def __init__(self, harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
        config = harness.app.extensions["config"]
        mailing = replace(config, mail=SERVER, public_url="https://chat.example.org/team")
        harness.app.extensions["config"] = mailing
        self.harness, self.sent, self._patch = harness, [], monkeypatch
        monkeypatch.setattr(mail, "start_task", lambda _send, _server, it: self.sent.append(it))

    sent: list[Any]

    def at(self, minutes: float) -> list[Any]:
        """Send what is due then; return the mails."""
        then = now() + timedelta(minutes=minutes)
        for module in ("unseen", "notification_settings"):
            self._patch.setattr(f"app.models.{module}.now", lambda: then)
        self.sent.clear()
        summaries.send_due()
        return list(self.sent)


@pytest.fixture
def post(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> Post:
    return Post(harness, monkeypatch)


@pytest.fixture
def mention(harness: Harness, conversation: str) -> Callable[..., str]:
    """Write a message of somebody to everybody; return its id."""

    def say(person: Person, text: str = "So, @Max, the secret?", where: str = "") -> str:
        reader = harness.reader(person, where or conversation)
        payload = {"conversation": where or conversation, "content": text, "asks": []}
        message_id = str(reader.ask("send", payload)["id"])
        harness.later.clear()
        return message_id

    return say


def read_all(database: Database, person: Person, harness: Harness) -> None:
    user_id = harness.user(person)
    everything = db.update(Membership).where(Membership.user_id == user_id)
    database.write(lambda: db.session.execute(everything.values(read_position=99)))


def test_a_mention_that_stays_unread_is_told_of_by_mail(
    cast: Cast, conversation: str, post: Post, mention: Callable[..., str]
) -> None:
    mention(cast.olive)
    assert post.at(14) == []
    (sent,) = post.at(16)
    text = sent.get_content()
    assert sent["To"] == cast.max.email
    assert "In “Tests”, Olive has mentioned you:" in text
    assert sent["Subject"] == summaries.MENTIONED
    assert f"https://chat.example.org/team/conversations/{conversation}" in text
    assert "secret" not in text
    assert sent["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert sent["List-Unsubscribe"].strip("<>") in text
    assert post.at(17) == [], "once"


def test_there_is_one_mail_in_an_hour_at_most(
    cast: Cast, post: Post, mention: Callable[..., str]
) -> None:
    mention(cast.olive)
    assert len(post.at(16)) == 1
    for _ in range(3):
        mention(cast.olive)
    assert post.at(60) == []
    (sent,) = post.at(77)
    assert "others have mentioned you 3 times:" in sent.get_content()


def test_there_is_no_mail_where_nothing_is_unread(
    harness: Harness, cast: Cast, post: Post, mention: Callable[..., str]
) -> None:
    mention(cast.olive)
    read_all(harness.database, cast.max, harness)
    assert post.at(16) == []


def test_there_is_no_mail_to_whom_is_not_meant(
    harness: Harness, cast: Cast, conversation: str, post: Post, mention: Callable[..., str]
) -> None:
    database = harness.database
    mention(cast.max, "@Max, and nobody else")
    maxine = database.bot("Maxine")
    database.add_member(conversation, maxine, MemberRole.READER)
    mention(cast.olive, "@Maxine and Max")
    mention(cast.olive, "@Eve, who is not in it")
    bot = database.bot("Tally")
    database.add_member(conversation, bot, MemberRole.READER)
    mention(cast.olive, "@Tally")
    assert post.at(16) == []
    gone = mention(cast.olive)
    harness.reader(cast.olive, conversation).ask("edit", {"id": gone, "content": "No.", "asks": []})
    harness.later.clear()
    assert post.at(16) == [], "it is not shown any more"
    mention(cast.olive)
    key, user_id = harness.key(conversation), harness.user(cast.max)

    def mute() -> None:
        membership = Membership.find(key, user_id)
        assert membership
        membership.muted = True

    database.write(mute)
    assert post.at(16) == []


def answer(harness: Harness, person: Person, conversation: str) -> int:
    """Let an answer to somebody's question end; return its key."""
    ended = harness.answered(conversation, person, Text("The secret."))
    generation.conclude(ended.message_id)
    harness.later.clear()
    return ended.message_id


def test_an_answer_that_its_asker_has_not_seen_is_told_of_by_mail(
    harness: Harness, cast: Cast, conversation: str, post: Post
) -> None:
    """The asker alone, once, without the text; with the mentions in one mail."""
    for _ in range(2):
        answer(harness, cast.max, conversation)
    assert post.at(14) == []
    (sent,) = post.at(16)
    assert (sent["To"], sent["Subject"]) == (cast.max.email, summaries.ANSWERED)
    text = sent.get_content()
    assert "In “Tests”, 2 of your questions are answered:" in text and "secret" not in text
    assert f"https://chat.example.org/team/conversations/{conversation}" in text
    assert sent["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert sent["List-Unsubscribe"].strip("<>") in text
    assert post.at(80) == [], "once"


def test_mentions_and_answers_are_in_one_mail(
    harness: Harness, cast: Cast, conversation: str, post: Post, mention: Callable[..., str]
) -> None:
    """Also where the answer's message is older than a mention that was mailed."""
    earlier = harness.begin(conversation, cast.max)
    mention(cast.olive)
    assert [each["Subject"] for each in post.at(16)] == [summaries.MENTIONED]
    earlier.end(Status.COMPLETE)
    harness.flush()
    generation.conclude(earlier.message_id)
    mention(cast.olive)
    assert post.at(70) == [], "within an hour of the last one"
    (sent,) = post.at(80)
    assert sent["Subject"] == summaries.BOTH
    assert "Olive has mentioned you, and a question of yours is answered:" in sent.get_content()


def test_there_is_no_mail_about_an_answer_that_was_seen_or_is_not_wanted(
    harness: Harness, cast: Cast, conversation: str, post: Post, mention: Callable[..., str]
) -> None:
    database, key, user = harness.database, harness.key(conversation), harness.user(cast.max)

    def looks(at: bool) -> None:
        socket.ask("presence", {"conversation": conversation, "here": at})

    socket = harness.reader(cast.max, conversation)
    looks(True)
    answer(harness, cast.max, conversation)
    looks(False)
    assert post.at(16) == [], "it was in front of them when it ended"
    answer(harness, cast.max, conversation)
    read_all(database, cast.max, harness)
    assert post.at(16) == [], "they have read it since"
    replies.mark_read(key, user, 0)

    def change(**values: bool) -> None:
        def work() -> None:
            settings, membership = NotificationSettings.of(user), Membership.find(key, user)
            assert membership
            membership.read_position = 0
            for name, value in values.items():
                setattr(membership if name == "muted" else settings, name, value)

        database.write(work)

    for name, unwanted in (("answers", False), ("mail", False), ("muted", True)):
        change(**{name: unwanted})
        assert post.at(16) == [], name
        change(**{name: not unwanted})
    assert len(post.at(16)) == 1
    mention(cast.olive)
    change(mentions=False)
    assert post.at(160) == []


def test_an_answer_of_which_no_mail_tells_in_time_is_forgotten(
    harness: Harness, cast: Cast, conversation: str, post: Post
) -> None:
    key = answer(harness, cast.max, conversation)

    def waits() -> bool:
        return harness.database.read(lambda: db.session.get_one(Message, key).unseen)

    read_all(harness.database, cast.max, harness)
    assert post.at(60) == [] and waits()
    assert post.at(3 * 24 * 60) == [] and not waits()


def test_an_old_mention_is_not_told_of(cast: Cast, post: Post, mention: Callable[..., str]) -> None:
    mention(cast.olive)
    assert post.at(3 * 24 * 60) == []


def test_a_long_mail_names_some_conversations(
    harness: Harness, cast: Cast, post: Post, mention: Callable[..., str]
) -> None:
    for number in range(12):
        where = harness.database.conversation(cast.olive, cast.max, title=f"No. {number}")
        mention(cast.olive, where=where)
    (sent,) = post.at(16)
    assert sent.get_content().count("/conversations/") == summaries.MOST_CONVERSATIONS
    assert "And in 2 more conversations." in sent.get_content()


def test_of_two_processes_one_sends(
    harness: Harness, cast: Cast, post: Post, mention: Callable[..., str]
) -> None:
    message = mention(cast.olive)
    user_id, key = harness.user(cast.max), harness.message_key(message)
    post.at(0)
    claims = [
        harness.database.write(lambda: NotificationSettings.claim_mail(user_id, key))
        for _ in range(2)
    ]
    assert claims == [True, False]


def test_a_mail_that_another_process_has_just_sent_is_not_sent_again(
    cast: Cast, post: Post, mention: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    mention(cast.olive)
    monkeypatch.setattr(NotificationSettings, "claim_mail", lambda *_: False)
    assert post.at(16) == []


@pytest.mark.parametrize("setting", [{"mail": None}, {"mention_mail_minutes": 0}])
def test_without_a_mail_server_nothing_is_looked_for(
    harness: Harness, cast: Cast, post: Post, mention: Callable[..., str], setting: dict[str, Any]
) -> None:
    mention(cast.olive)
    config = replace(harness.app.extensions["config"], **setting)
    harness.app.extensions["config"] = config
    assert post.at(16) == []


def test_mails_end_without_signing_in(
    harness: Harness, cast: Cast, post: Post, mention: Callable[..., str]
) -> None:
    mention(cast.olive)
    (sent,) = post.at(16)
    address = sent["List-Unsubscribe"].strip("<>").removeprefix("https://chat.example.org/team")
    nobody = Browser(harness.app)
    assert "Send me no such mails" in nobody.open(address).text
    mention(cast.olive)
    assert len(post.at(80)) == 1, "opening it changes nothing"

    one_click = {"List-Unsubscribe": "One-Click"}
    for _ in range(2):  # twice is once
        done = nobody.client.post(address, data=one_click, base_url="https://localhost")
        assert "no mails about mentions and answers any more" in done.text
    mention(cast.olive)
    assert post.at(160) == []
    for wrong in ("x", address.rpartition("/")[2][:-1] + "?", "x" * 3000):
        assert nobody.open(f"/unsubscribe/{wrong}").status_code == 404
        assert nobody.post_bare(f"/unsubscribe/{wrong}").status_code == 404


def test_the_address_of_somebody_who_is_gone_ends_nothing(harness: Harness, post: Post) -> None:
    address = summaries.unsubscribe_address(2**30).rpartition("/unsubscribe/")[2]
    assert Browser(harness.app).post_bare(f"/unsubscribe/{address}").status_code == 200
    found = harness.database.read(lambda: db.session.scalars(db.select(NotificationSettings)).all())
    assert not found


def test_only_the_mentions_and_answers_of_the_last_days_are_looked_at(harness: Harness) -> None:
    with harness.app.app_context(), executed() as statements:
        assert unseen(timedelta(minutes=15)) == []
        sought = [each for each in statements if each.text.startswith("SELECT")]
        for statement, index in zip(sought, INDEXES, strict=True):
            explained = f"EXPLAIN QUERY PLAN {statement.text}"
            plan = db.session.connection().exec_driver_sql(explained, statement.parameters).all()
            assert any(index in row.detail for row in plan), plan
