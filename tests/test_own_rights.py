"""Who may do what with what is somebody's own: the table in docs/security.md, by every address
below those in it, and by the whole cast. No request of the socket concerns any of it."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from app.auth import rate_limits
from app.config import OpenIdSettings
from app.extensions import db
from app.importing.run import Report
from app.models import (
    ApiToken,
    Assistant,
    Job,
    ModelUse,
    OpenIdIdentity,
    PushSubscription,
    SignIn,
    User,
)
from app.models.avatar import change_assistant_avatar, change_avatar
from app.models.job import Kind, State
from app.models.model_use import today
from app.models.push_subscription import Subscription
from app.models.rights import MemberRole
from app.openid import Provider
from tests.support.browser import Browser
from tests.support.cast import Cast, Person
from tests.support.harness import Harness
from tests.support.http_session import csrf_token
from tests.support.sharing import share

pytestmark = pytest.mark.no_cover  # it runs what others run, with many values

TABLE = (Path(__file__).parents[1] / "docs" / "security.md").read_text("utf-8")
ROW = re.compile(
    r"^\| `(/(?:account|assistants|avatars|conversations)[^`]*)`([^|]*) \| [^|]+ \| (.+) \|$",
    re.MULTILINE,
)
WHO = ("maker", "anybody else", "not signed in")
OWN = ("/account", "/assistants", "/avatars")
AWAY = OpenIdSettings("http://127.0.0.1:9", "id", "secret", "Example")  # nothing listens there
ENDS_SIGN_INS = ("/account/sign-out", "/account/delete")
TITLE = "Plans of Olive alone"
REPORT = json.dumps(asdict(Report()))


class Mine:
    """What belongs to Olive: where it is, and all that the database has of it."""

    def __init__(self, harness: Harness, cast: Cast) -> None:
        Provider(harness.app, AWAY)
        self.harness, self.key = harness, harness.user(cast.olive)
        self.conversation = harness.database.conversation(cast.olive, title=TITLE)
        self.ids = harness.database.write(self._add)

    def _add(self) -> dict[str, str]:
        user = db.session.get_one(User, self.key)
        change_avatar(user, b"RIFF")
        own, shared = (
            Assistant.add(self.key, name=name, shared=name == "Shared", system_prompt="Mine.")
            for name in ("Own", "Shared")
        )
        db.session.flush()
        change_assistant_avatar(shared, b"RIFF")
        ApiToken.create(user, "mine")
        OpenIdIdentity.connect(self.key, AWAY.issuer, f"user {self.key}")
        SignIn.begin(self.key)
        db.session.flush()
        sign_in = db.session.scalars(SignIn.active(self.key)).one()
        PushSubscription.add(self.key, sign_in.id, "Phone", Subscription("https://a/1", "", "", ""))
        about = {"message_id": self.key, "user_id": self.key, "model": "demo", "day": today()}
        tokens = {"input_tokens": 1, "output_tokens": 1, "estimated": False, "cost": 1}
        key = self.harness.key(self.conversation)
        db.session.add(ModelUse(conversation_id=key, **about, **tokens))
        jobs = [
            Job.begin(self.key, kind, state, format="json", report=REPORT).public_id
            for kind, state in ((Kind.EXPORT, State.DONE), (Kind.PREVIEW, State.READY))
        ]
        avatar = str(user.avatar)
        return {"own": own.public_id, "shared": shared.public_id, "avatar": avatar} | {
            "ready": jobs[1],
            "done": jobs[0],
        }

    def everything(self) -> Any:
        """Return all rows that refer to Olive, of every table, and her own."""

        def rows() -> Any:
            found = {
                "user": db.session.execute(
                    db.select(*User.__table__.c).filter_by(id=self.key)
                ).all()
            }
            for table in db.metadata.sorted_tables:
                for column in table.c:
                    if any(
                        each.column.table.name == "user_account" for each in column.foreign_keys
                    ):
                        mine = db.select(*table.c).where(column == self.key)
                        found[f"{column}"] = db.session.execute(mine).all()
            return found

        return self.harness.database.read(rows)

    def path(self, rule: str) -> str:
        """Return the address of a rule that is about what is Olive's."""
        job = self.ids["done" if rule.endswith("/download") else "ready"]
        public_id = job if "/jobs/" in rule else self.ids["shared"]
        return rule.replace("<public_id>", public_id).replace("<avatar_id>", self.ids["avatar"])


@pytest.fixture(autouse=True)
def unlimited(monkeypatch: pytest.MonkeyPatch) -> None:
    """No request is refused because there were others."""
    monkeypatch.setattr(rate_limits, "hit", lambda *_: None)


def documented(path: str) -> dict[str, str]:
    """Return what the table says of an address: the longest that it begins with."""
    rows = {
        address: dict(zip(WHO, cells.split(" | "), strict=True))
        for address, _, cells in ROW.findall(TABLE)
    }
    known = [each for each in rows if path == each or path.startswith(f"{each.rstrip('/…')}/")]
    return rows[max(known, key=len)]


def requests(harness: Harness) -> list[tuple[str, str]]:
    """Return each method and rule below what is one's own; the deletion last."""
    found = [
        (method, rule.rule)
        for rule in harness.app.url_map.iter_rules()
        for method in (rule.methods or set()) & {"GET", "POST"}
        if rule.rule.startswith(OWN)
        if not rule.endpoint.endswith("lead_on")  # to a page above, which decides
    ]
    return sorted(found, key=lambda each: (each[1].endswith("delete"), each))


def everybody(harness: Harness, cast: Cast, mine: Mine) -> dict[str, Browser]:
    """Return the browsers of all but Olive, by who they are to her."""
    database = harness.database
    rita, ada = database.bot("Rita"), database.bot("Ada")
    database.write(lambda: db.session.get_one(User, harness.user(ada)).set_admin(True))
    for person, role in ((cast.max, MemberRole.MEMBER), (rita, MemberRole.READER)):
        database.add_member(mine.conversation, person, role)
    people = {"member": cast.max, "reader": rita, "administrator": ada, "outsider": cast.eve}
    people["removed"] = cast.rex
    stranger = Browser(harness.app)
    secret = share(database, mine.conversation, cast.olive)
    assert stranger.open(f"/share/{secret}").status_code == 200
    signed_in = {who: Browser(harness.app).signed_in(each) for who, each in people.items()}
    return signed_in | {"stranger": stranger, "nobody": Browser(harness.app)}


def ask(browser: Browser, mine: Mine, method: str, rule: str, person: Person | None = None) -> str:
    """Send a request about what is Olive's, and return what the table calls its answer."""
    path = mine.path(rule)
    if method == "GET":
        response = browser.open(path)
    else:
        form_on = "/account" if browser.open("/account").status_code == 200 else "/login"
        token = csrf_token(browser.open(form_on).text)
        response = browser.post_bare(path, csrf_token=token, id="1", name="Taken", dates="de")
    if (response.location or "").startswith("/login") and person is None:
        return "sign-in page"
    return {401: "sign-in page", 403: "no", 404: "not found"}.get(response.status_code, "yes")


def test_the_table_has_what_is_ones_own(harness: Harness) -> None:
    listed = {address.rstrip("…/") for address, _, _ in ROW.findall(TABLE)}
    assert {"/account", "/account/use", "/account/picture", "/assistants", "/avatars"} <= listed
    assert "/account/notifications/devices" in listed
    rules = {rule.rule for rule in harness.app.url_map.iter_rules()}
    assert all(any(rule.startswith(each) for rule in rules) for each in listed)


def test_nobody_else_sees_or_changes_what_is_ones_own(harness: Harness, cast: Cast) -> None:
    mine = Mine(harness, cast)
    before, asked = mine.everything(), requests(harness)
    assert len(asked) > 40 and len(before["user"]) == 1 and before["push_subscription.user_id"]
    assert before["openid_identity.user_id"]
    for who, browser in everybody(harness, cast, mine).items():
        before = mine.everything()  # with the members whom she has added
        for method, rule in asked:
            if rule in ENDS_SIGN_INS and who not in ("stranger", "nobody"):
                continue  # of whoever sends it; what it does is tested elsewhere
            column = "not signed in" if who in ("stranger", "nobody") else "anybody else"
            expected = documented(rule)[column].replace("their own", "yes")
            assert ask(browser, mine, method, rule) == expected, (who, method, rule)
            assert mine.everything() == before, (who, method, rule)
        if who not in ("stranger", "nobody"):
            page = browser.open("/account/use").text
            assert "This month" in page and TITLE not in page.partition("<main")[2]


def test_ones_own_is_there_for_whoever_has_made_it(harness: Harness, cast: Cast) -> None:
    mine = Mine(harness, cast)
    for method, rule in requests(harness):
        browser = Browser(harness.app).signed_in(cast.olive)
        assert documented(rule)["maker"] == "yes"
        assert ask(browser, mine, method, rule, cast.olive) == "yes", (method, rule)
        if rule == "/account/use":
            assert TITLE in browser.open(rule).text
    left = mine.everything()
    assert left["assistant.owner_id"] != [] and len(left["assistant.owner_id"]) == 2, (
        "one is deleted"
    )


def test_everybody_begins_with_a_shared_assistant_and_its_maker_alone_with_another(
    harness: Harness, cast: Cast
) -> None:
    mine = Mine(harness, cast)
    rows = {f"{address}{more}": cells.split(" | ") for address, more, cells in ROW.findall(TABLE)}
    people = everybody(harness, cast, mine)
    people["maker"] = Browser(harness.app).signed_in(cast.olive)
    for kind, about in (("shared", " with a shared assistant"), ("own", " with another one")):
        expected = dict(zip(WHO, rows[f"/conversations{about}"], strict=True))
        for who, browser in people.items():
            is_signed_in = who not in ("stranger", "nobody")
            column = who if who == "maker" else "anybody else" if is_signed_in else "not signed in"
            token = csrf_token(browser.open("/account" if is_signed_in else "/login").text)
            about_it = {"csrf_token": token, "assistant": mine.ids[kind]}
            response = browser.post_bare("/conversations", **about_it)
            answers = {404: "not found", 302: "yes"}
            answer = answers[response.status_code]
            answer = "sign-in page" if "/login" in (response.location or "") else answer
            assert answer == expected[column], (who, kind)
