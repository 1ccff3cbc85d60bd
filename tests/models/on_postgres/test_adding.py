"""On PostgreSQL, too, what there may be once is added once, by several at the same moment."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any, TypeVar

import pytest
from flask import Flask

from app.database import write
from app.errors import DomainError
from app.extensions import db
from app.models import Avatar, NotificationSettings, SecondFactor, ServerSetting, User
from app.models.avatar import change_avatar, find_avatar
from app.models.deployment import deployment_id
from app.models.model_provider import MAX_PROVIDERS, Api, ModelProvider, lock_models
from app.models.offered_model import OfferedModel
from app.models.server_banner import BannerKind, ServerBanner
from tests.support.cast import Cast
from tests.support.harness import Harness

pytestmark = pytest.mark.postgres

TOGETHER = 4
T = TypeVar("T")


def at_once(app: Flask, work: Callable[[int], T], *, writes: bool = True) -> list[T | str]:
    """Return what `work` returns to each of several transactions that begin together, each of
    which is given its number, or the sentence with which it is refused."""
    together = threading.Barrier(TOGETHER)

    def done(number: int) -> T | str:
        with app.app_context():
            db.session.execute(db.text("SELECT 1"))  # it has its connection
            together.wait(60)
            try:
                return write(lambda: work(number)) if writes else work(number)
            except DomainError as error:
                return error.sentence

    with ThreadPoolExecutor(TOGETHER) as pool:
        return list(pool.map(done, range(TOGETHER)))


def count(harness: Harness, model: Any) -> int | None:
    rows = db.select(db.func.count()).select_from(model)
    return harness.database.read(lambda: db.session.scalar(rows))


def test_what_each_person_has_once(app: Flask, harness: Harness, cast: Cast) -> None:
    olive = harness.user(cast.olive)

    def of(_: int) -> bool:
        return NotificationSettings.of(olive).mail

    def picture(number: int) -> bool:
        change_avatar(db.session.get_one(User, olive), bytes([number]))
        return True

    def factor(number: int) -> int:
        return len(SecondFactor.replace(olive, f"encrypted {number}", number))

    for round_ in range(3):
        assert at_once(app, of) == [True] * TOGETHER, round_
        assert at_once(app, picture) == [True] * TOGETHER
        assert at_once(app, factor) == [10] * TOGETHER
        for model in (NotificationSettings, Avatar, SecondFactor):
            assert count(harness, model) == 1
        assert harness.database.read(lambda: find_avatar(avatar_of(olive))) is not None
        harness.database.write(lambda: forget(olive))


def avatar_of(user_id: int) -> str:
    return db.session.get_one(User, user_id).avatar or ""


def forget(user_id: int) -> None:
    for model in (NotificationSettings, Avatar, SecondFactor):
        db.session.execute(db.delete(model).where(model.user_id == user_id))


def test_one_of_several_mails_is_sent_by_those_who_send_the_first(
    app: Flask, harness: Harness, cast: Cast
) -> None:
    olive = harness.user(cast.olive)
    claimed = at_once(app, lambda _: NotificationSettings.claim_mail(olive, 7))
    assert sorted(map(str, claimed)) == ["False", "False", "False", "True"]


def test_what_is_set_once_for_the_whole_server(app: Flask, harness: Harness) -> None:
    def banner(number: int) -> None:
        ServerBanner.store(f"Banner {number}", BannerKind.WARNING, None)

    assert at_once(app, banner) == [None] * TOGETHER
    assert harness.database.read(ServerBanner.read) is not None
    claims = at_once(app, lambda _: ServerSetting.claim("hourly", timedelta(hours=1)))
    assert claims.count(True) == 1 and claims.count(False) == TOGETHER - 1
    assert len(set(at_once(app, lambda _: deployment_id(), writes=False))) == 1


def test_models_and_their_providers(app: Flask, harness: Harness) -> None:
    def provider(name: str) -> str:
        lock_models()
        return ModelProvider.add(name, Api.OPENAI, None).name

    def model(_: int) -> str:
        lock_models()
        found = ModelProvider.by_name("same")
        assert found
        return OfferedModel.add(found, "large").model

    assert at_once(app, lambda _: provider("same")).count("same") == 1
    assert at_once(app, model).count("large") == 1
    for number in range(MAX_PROVIDERS - 2):
        harness.database.write(lambda number=number: provider(f"p{number}"))
    at_once(app, lambda number: provider(f"last{number}"))
    assert count(harness, ModelProvider) == MAX_PROVIDERS
