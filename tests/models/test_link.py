"""Links: how long and how often they can be used, also by many at the same moment."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from app.errors import Conflict, DomainError, Invalid, NotFound
from app.extensions import db
from app.models import Conversation, Link, Membership, User
from app.models.columns import now
from app.models.credential import digest
from app.models.link import MAX_LINKS, Purpose, address_of, join_by_link
from app.models.registering import make_account, reset_password
from app.models.rights import MemberRole
from tests.support.cast import Cast, Person
from tests.support.harness import Harness

DAY = timedelta(days=1)


def into(
    harness: Harness, conversation: str, role: MemberRole = MemberRole.MEMBER, uses: int = 1
) -> str:
    """Make a link into a conversation."""
    key = harness.key(conversation)
    return harness.database.write(
        lambda: Link.create_into(db.session.get_one(Conversation, key), role, DAY, uses)
    )


def expire(harness: Harness, secret: str) -> None:
    """Let a link expire."""

    def work() -> None:
        link = db.session.scalars(db.select(Link).filter_by(secret_hash=digest(secret))).one()
        link.expires_at = now()

    harness.database.write(work)


def role_of(harness: Harness, conversation: str, person: Person) -> str | None:
    key, user = harness.key(conversation), harness.user(person)

    def work() -> str | None:
        found = Membership.find(key, user)
        return found and found.role

    return harness.database.read(work)


def join(harness: Harness, secret: str, person: Person) -> str:
    user = harness.user(person)
    return harness.database.write(lambda: join_by_link(secret, user))


@pytest.mark.parametrize("role", [MemberRole.MEMBER, MemberRole.READER])
def test_a_link_makes_its_holder_a_member_with_its_role(
    harness: Harness, cast: Cast, conversation: str, role: MemberRole
) -> None:
    secret = into(harness, conversation, role)
    assert join(harness, secret, cast.eve) == conversation
    assert role_of(harness, conversation, cast.eve) == role
    with pytest.raises(NotFound):
        join(harness, secret, cast.rex)
    assert role_of(harness, conversation, cast.rex) is None


def test_a_member_already_uses_nothing_up_and_stays_what_they_are(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    secret = into(harness, conversation, MemberRole.READER)
    for person in (cast.olive, cast.max):
        assert join(harness, secret, person) == conversation
    assert role_of(harness, conversation, cast.olive) == MemberRole.OWNER
    assert role_of(harness, conversation, cast.max) == MemberRole.MEMBER
    join(harness, secret, cast.eve)
    assert role_of(harness, conversation, cast.eve) == MemberRole.READER


def test_only_the_hash_of_a_secret_is_stored(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    secret = into(harness, conversation)
    rows = harness.database.read(lambda: db.session.execute(db.text("SELECT * FROM link")).all())
    assert len(rows) == 1 and secret not in str(rows)
    assert address_of(secret, "https://chat.example.org/below").endswith(f"/below/link#{secret}")


@pytest.mark.parametrize("secret", ["", "x", "midstream_link_guess", "\0", "\ud800", "é" * 9999])
def test_no_other_text_is_a_link(
    harness: Harness, cast: Cast, conversation: str, secret: str
) -> None:
    into(harness, conversation)
    with pytest.raises(NotFound):
        join(harness, secret, cast.eve)


def test_one_that_expired_or_whose_conversation_is_gone_can_not_be_used(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    secret = into(harness, conversation)
    expire(harness, secret)
    with pytest.raises(NotFound):
        join(harness, secret, cast.eve)
    secret, key = into(harness, conversation), harness.key(conversation)
    harness.database.write(lambda: db.session.get_one(Conversation, key).delete())
    with pytest.raises(NotFound):
        join(harness, secret, cast.eve)


def test_one_for_another_purpose_can_not_be_used(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    secret = harness.database.write(lambda: Link.create(Purpose.REGISTER, DAY))
    with pytest.raises(NotFound):
        join(harness, secret, cast.eve)


def test_a_conversation_has_only_so_many_links(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    secrets = [into(harness, conversation) for _ in range(MAX_LINKS)]
    with pytest.raises(Invalid):
        into(harness, conversation)
    expire(harness, secrets[0])
    into(harness, conversation)


def test_of_many_at_the_same_moment_no_more_get_in_than_are_allowed(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    people = [harness.database.bot(f"Guest {number}") for number in range(8)]
    secret = into(harness, conversation, uses=3)
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda person: attempt(harness, secret, person), people))
    assert sum(results) == 3
    here = [role_of(harness, conversation, person) for person in people]
    assert sum(role is not None for role in here) == 3


def attempt(harness: Harness, secret: str, person: Person) -> bool:
    try:
        return bool(join(harness, secret, person))
    except DomainError:
        return False


def test_a_code_may_be_typed_in_other_ways(harness: Harness) -> None:
    code = harness.database.write(lambda: Link.create(Purpose.FIRST, DAY))
    for typed in (code, code.lower(), code.replace("-", " "), f" {code.replace('-', '')}\n"):
        assert harness.database.read(lambda text=typed: Link.by_secret(text, Purpose.FIRST).id)


def test_the_first_account_is_made_by_one_of_two_with_codes(harness: Harness) -> None:
    def made(email: str) -> int:
        secret = Link.create(Purpose.FIRST, DAY)
        db.session.flush()
        return make_account(email, "N", "", Link.by_secret(secret, Purpose.FIRST).id)

    harness.database.write(lambda: made("nora@example.org"))
    with pytest.raises(Conflict):
        harness.database.write(lambda: made("nick@example.org"))
    assert harness.database.read(lambda: User.by_email("nick@example.org")) is None


def test_a_code_makes_an_administrator_whoever_has_an_account_before(harness: Harness) -> None:
    def made(email: str, code: str = "") -> bool:
        link = Link.by_secret(code, Purpose.FIRST).id if code else None
        return db.session.get_one(User, make_account(email, "N", "", link)).is_admin

    code = harness.database.write(lambda: Link.create(Purpose.FIRST, DAY))
    assert not harness.database.write(lambda: made("stranger@example.org"))
    assert harness.database.write(lambda: made("nora@example.org", code))


def test_a_password_is_reset_once_and_not_of_somebody_disabled(
    harness: Harness, cast: Cast
) -> None:
    olive = harness.user(cast.olive)
    create = lambda: Link.create(Purpose.RESET, DAY, user_id=olive)  # noqa: E731
    first, second = (harness.database.write(create) for _ in range(2))
    keys = [
        harness.database.read(lambda text=text: Link.by_secret(text, Purpose.RESET).id)
        for text in (first, second)
    ]
    harness.database.write(lambda: reset_password(keys[0], "new"))
    for key in keys:
        with pytest.raises(Conflict):  # the new password has ended the other one, too
            harness.database.write(lambda key=key: reset_password(key, "newer"))
    third = harness.database.write(create)
    key = harness.database.read(lambda: Link.by_secret(third, Purpose.RESET).id)
    harness.database.write(lambda: db.session.get_one(User, olive).disable())
    with pytest.raises(Conflict):
        harness.database.write(lambda: reset_password(key, "newer"))


def test_links_that_expired_long_ago_are_deleted(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    old = into(harness, conversation)
    harness.database.write(
        lambda: db.session.execute(db.update(Link).values(expires_at=now() - timedelta(days=8)))
    )
    into(harness, conversation)
    hashes = harness.database.read(lambda: db.session.scalars(db.select(Link.secret_hash)).all())
    assert len(hashes) == 1 and digest(old) not in hashes


def test_a_link_is_not_valid_while_its_conversation_is_deleted(
    harness: Harness, cast: Cast, conversation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret, lock = into(harness, conversation), Conversation.lock

    def late(found: Conversation) -> Conversation:
        deleted = db.update(Conversation).where(Conversation.id == found.id)
        unseen = {"synchronize_session": False}
        db.session.execute(deleted.values(deleted_at=now()), execution_options=unseen)
        return lock(found)

    monkeypatch.setattr(Conversation, "lock", late)
    with pytest.raises(NotFound):
        harness.database.write(lambda: join_by_link(secret, harness.user(cast.eve)))
    assert role_of(harness, conversation, cast.eve) is None
