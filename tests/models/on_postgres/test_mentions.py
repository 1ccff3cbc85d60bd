"""PostgreSQL, too, finds who is to be told of what, and which links can be used."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.models import NotificationSettings, Share
from app.models.mentions import mentioned_in
from app.models.unseen import unseen
from tests.support.cast import Cast
from tests.support.harness import Harness
from tests.support.sharing import Stranger, share

pytestmark = pytest.mark.postgres


def test_mentions_and_links_are_found(harness: Harness, cast: Cast, conversation: str) -> None:
    reader = harness.reader(cast.olive, conversation)
    sent = {"conversation": conversation, "content": "@Max and @Maxine", "asks": []}
    message = reader.ask("send", sent)["id"]
    database = harness.database
    told = database.read(lambda: mentioned_in(message))
    assert told and list(told.user_ids) == [harness.user(cast.max)]
    assert [each.email for each in database.read(lambda: unseen(timedelta(0)))] == [cast.max.email]
    user_id, key = harness.user(cast.max), harness.message_key(message)
    assert database.write(lambda: NotificationSettings.claim_mail(user_id, key))
    assert not database.write(lambda: NotificationSettings.claim_mail(user_id, key))
    assert database.read(lambda: unseen(timedelta(0))) == []

    secret = share(database, conversation, cast.olive, timedelta(days=1))
    stranger = Stranger(harness, secret).follow()
    assert [each.content for each in stranger.log.messages.values()] == ["@Max and @Maxine"]
    database.write(lambda: Share.count_opened({1: 2}))
    assert database.read(lambda: [made.share.opened for made in Share.listed()]) == [2]
