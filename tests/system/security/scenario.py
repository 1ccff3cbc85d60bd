"""Max reads in a browser and with a program; two servers share a database, and nothing else."""

from __future__ import annotations

from typing import NamedTuple

from app.extensions import db
from app.models import ApiToken, User
from tests.support.cast import PASSWORD, WEAK
from tests.support.database import Database
from tests.support.http_session import BrowserSession
from tests.support.server import Server


class Scenario(NamedTuple):
    """`database` is the database, as the operator's commands find it: beside both servers."""

    here: Server
    there: Server
    browser: BrowserSession
    token: str
    database: Database

    def run(self, *arguments: str) -> None:
        """Run a command of the operator's."""
        ran = self.database.app.test_cli_runner().invoke(args=arguments)
        assert ran.exit_code == 0, ran.output

    def browser_there(self) -> BrowserSession:
        """The same browser with the same cookie, at the other server."""
        other = BrowserSession(self.there.url)
        other.http.cookies.update(self.browser.http.cookies)
        return other


def reset_person(email: str) -> str:
    """Undo what a test has done to somebody, and return a new token."""
    user = User.by_email(email)
    assert user is not None
    user.enable()
    user.password_hash = WEAK.hash(PASSWORD)
    for token in db.session.scalars(ApiToken.unrevoked(user.id).filter_by(name="laptop")):
        token.revoke()
    db.session.flush()
    return ApiToken.create(user, "laptop")
