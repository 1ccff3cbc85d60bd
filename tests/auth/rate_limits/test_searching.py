"""Pages are counted, and so are searches: they read all of somebody's messages."""

from __future__ import annotations

from tests.auth.rate_limits.conftest import Make
from tests.support.browser import Browser
from tests.support.cast import Cast
from tests.support.database import Database


def test_searches_are_limited_and_listing_is_not(limited: Make, cast: Cast) -> None:
    app = limited(LIMIT_SEARCH="2 per minute")
    olive, max = Browser(app).signed_in(cast.olive), Browser(app).signed_in(cast.max)
    statuses = [olive.open("/conversations?q=bread").status_code for _ in range(3)]
    assert statuses == [200, 200, 429]
    assert 0 < int(olive.open("/conversations?q=bread").headers["Retry-After"]) <= 60
    assert olive.open("/conversations").status_code == 200
    assert olive.open("/conversations?q=%20").status_code == 200, "an empty search is a listing"
    assert max.open("/conversations?q=bread").status_code == 200


def test_pages_are_counted_together_for_each_person(
    limited: Make, cast: Cast, database: Database
) -> None:
    app = limited(LIMIT_PAGE="2 per minute")
    olive, max = Browser(app).signed_in(cast.olive), Browser(app).signed_in(cast.max)
    where = f"/conversations/{database.conversation(cast.olive, cast.max)}"
    paths = [where, "/conversations", where, "/conversations"]
    assert [olive.open(path).status_code for path in paths] == [200, 200, 429, 429]
    assert 0 < int(olive.open(where).headers["Retry-After"]) <= 60
    assert max.open(where).status_code == 200


def test_a_long_search_is_cut_to_the_length_of_the_form_field(
    limited: Make, cast: Cast, database: Database
) -> None:
    database.conversation(cast.olive, title="a" * 200)
    page = Browser(limited()).signed_in(cast.olive).open("/conversations?q=" + "a" * 5000).text
    assert f'name="q" value="{"a" * 200}"' in page
    assert f">{'a' * 200}<" in page, "the conversation must be found by the first 200 characters"
