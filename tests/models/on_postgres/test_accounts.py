"""On PostgreSQL, too, what is to be used once is used once, and one administrator is left."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask

from app.errors import Conflict
from app.extensions import db
from app.models import Challenge, Link, OpenIdIdentity, Passkey, RecoveryCode, SecondFactor, User
from app.models.challenge import Task
from app.models.deleting import delete_person
from app.models.link import FIRST_LIFETIME, Purpose
from app.models.registering import make_account
from app.models.user import members_of
from tests.support.cast import Cast
from tests.support.harness import Harness

pytestmark = pytest.mark.postgres


def winners(app: Flask, *changes: Callable[[], object]) -> int:
    """Make changes at the same moment; return how many were not refused."""

    def done(change: Callable[[], object]) -> bool:
        with app.app_context():
            try:
                return bool(change())
            except Conflict:
                return False

    with ThreadPoolExecutor(8) as pool:
        return sum(pool.map(done, changes))


def test_what_is_used_once_is_used_by_one(app: Flask, harness: Harness, cast: Cast) -> None:
    write, olive = harness.database.write, harness.user(cast.olive)
    secret = write(lambda: Challenge.begin(Task.PASSKEY, olive, challenge="x"))
    assert winners(app, *[lambda: write(lambda: Challenge.take(Task.PASSKEY, secret))] * 8) == 1
    codes = write(lambda: SecondFactor.replace(olive, "encrypted", 7))
    assert winners(app, *[lambda: write(lambda: RecoveryCode.use(olive, codes[0]))] * 8) == 1
    assert winners(app, *[lambda: write(lambda: SecondFactor.use_step(olive, 8))] * 8) == 1
    about = {"name": "Key", "handle": b"h", "public_key": b"k"}
    write(lambda: Passkey.add(olive, "id", **about))
    key = harness.database.read(lambda: db.session.scalar(db.select(Passkey.id)))
    assert winners(app, *[lambda: write(lambda: Passkey.use(key, 5))] * 8) == 1
    write(lambda: OpenIdIdentity.connect(olive, "https://issuer.example", "olive"))
    delete_person(olive)
    for model in (Challenge, RecoveryCode, SecondFactor, Passkey, OpenIdIdentity):
        left = db.select(db.func.count()).select_from(model)
        assert harness.database.read(lambda found=left: db.session.scalar(found)) == 0


def test_of_administrators_who_delete_themselves_at_once_one_is_left(
    app: Flask, harness: Harness, cast: Cast
) -> None:
    conversation = harness.database.conversation(cast.olive, cast.max)
    admins = [harness.user(person) for person in (cast.olive, cast.max)]
    for key in admins:
        harness.database.write(lambda key=key: db.session.get_one(User, key).set_admin(True))

    def deletes(key: int) -> Callable[[], bool]:
        return lambda: delete_person(key) is None

    assert winners(app, *map(deletes, admins)) == 1
    here = harness.key(conversation)
    (left,) = harness.database.read(lambda: members_of([here])[here])
    assert left.id in admins and left.role == "owner"


def test_of_first_codes_that_are_used_at_once_one_makes_an_administrator(
    app: Flask, harness: Harness
) -> None:
    def uses(number: int) -> Callable[[], int]:
        code = harness.database.write(lambda: Link.create(Purpose.FIRST, FIRST_LIFETIME))

        def made() -> int:
            link = Link.by_secret(code, Purpose.FIRST)
            return make_account(f"{number}@example.org", "N", "", link.id)

        return lambda: harness.database.write(made)

    assert winners(app, *map(uses, range(8))) == 1
