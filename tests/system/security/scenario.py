"""Max uses a browser and an API token; two servers share only the database."""

from __future__ import annotations

from typing import NamedTuple

from app.extensions import db
from app.models import ApiToken, User
from app.models.credential import digest
from tests.support.cast import PASSWORD, WEAK, Person
from tests.support.database import Database
from tests.support.http_session import BrowserSession
from tests.support.server import Server


class Scenario(NamedTuple):
    """`database` accesses the database directly, without either server."""

    here: Server
    there: Server
    browser: BrowserSession
    token: str
    database: Database

    def run(self, *arguments: str) -> None:
        """Run a `flask` command."""
        ran = self.database.app.test_cli_runner().invoke(args=arguments)
        assert ran.exit_code == 0, ran.output

    def browser_there(self) -> BrowserSession:
        """Return a browser with the same cookie that uses the other server."""
        other = BrowserSession(self.there.url)
        other.http.cookies.update(self.browser.http.cookies)
        return other


def reset_person(person: Person) -> str:
    """Enable a user, restore the password, and return a new token. One who is gone is made anew."""
    user = User.by_email(person.email) or _anew(person)
    user.enable()
    user.password_hash = WEAK.hash(PASSWORD)
    for token in db.session.scalars(ApiToken.unrevoked(user.id).filter_by(name="laptop")):
        token.revoke()
    db.session.flush()
    return ApiToken.create(user, "laptop")


def _anew(person: Person) -> User:
    user = User(email=person.email, name=person.name, password_hash="")
    db.session.add(user)
    db.session.flush()
    about = {"name": "tests", "token_hash": digest(person.token), "hint": ""}
    db.session.add(ApiToken(user_id=user.id, **about))
    return user
