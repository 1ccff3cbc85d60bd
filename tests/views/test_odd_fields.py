"""Whatever a field of a form or an address holds: it is no error of the server."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from sqlalchemy import event

from app.auth import rate_limits
from app.extensions import db
from app.models import Assistant, ModelProvider, OfferedModel, User
from app.models.model_provider import Api
from app.schemas import Payload
from tests.support.browser import Browser
from tests.support.cast import Cast
from tests.support.harness import Harness
from tests.support.http_session import csrf_token
from tests.support.sharing import share
from tests.views.test_csrf import posts

pytestmark = pytest.mark.no_cover  # it runs what others run, with many values

VIEWS = Path(__file__).parents[2] / "app" / "views"
TEMPLATES = VIEWS.parent / "templates"
IN_TEMPLATES = re.compile(r"""\bname="(\w+)"|\bfield\("[^"]+", "(\w+)"|\bbox\("(\w+)\"""")
IN_VIEWS = re.compile(r"""request\.(?:form|files)(?:\.get(?:list)?\(|\[)"(\w+)\"""")
# of scripts, and of addresses
OTHERS = ("deleted", "edit", "key", "next", "page", "pinned", "since", "tried")


@cache
def all_fields() -> frozenset[str]:
    """Return the names of the fields of all forms: those in templates, those that views ask for,
    and those that are checked."""
    found = set(OTHERS)
    for folder, pattern, sought in ((TEMPLATES, "*.html", IN_TEMPLATES), (VIEWS, "*.py", IN_VIEWS)):
        for path in folder.rglob(pattern):
            found |= {
                name
                for names in sought.findall(path.read_text("utf-8"))
                for name in as_tuple(names)
                if name
            }
    for form in subclasses(Payload):
        found |= set(form.model_fields)
    return frozenset(found - {"csrf_token"})


def as_tuple(names: Any) -> tuple[str, ...]:
    return names if isinstance(names, tuple) else (names,)


def subclasses(kind: type[Payload]) -> Iterator[type[Payload]]:
    for each in kind.__subclasses__():
        yield each
        yield from subclasses(each)


ODD = [
    *("", " ", "0", "-1", "1.5", "1e400", "NaN", "true", "null", "9" * 30, "1_000", "\u0661"),
    *("a\0b", "\0", "\r\n", "\u2028", "\u202e", "\u200b", "\ufeff", "e" + "\u0301" * 300),
    *("👩‍👩‍👧‍👦" * 50, "x" * 5_000, "%00", "'; --", "//evil.example", "{{7*7}}", "../../x", '""'),
    "2026-11-27T00:00:00+00:00~" + "9" * 16,
]
EVERY = 4  # of the fields that hold it at once, and of the addresses
PART = re.compile(r"<[^>]+>")
IN_QUERIES = re.compile(r"""request\.args\.get\("(\w+)"|"(?:\w+)" in request\.args""")
LOG = ("person", "kind", "since", "until", "before")
QUERIES = {
    "/conversations": ("archived", "before", "deleted", "q"),
    "/conversations/<public_id>": ("before", "edit", "quote", "version"),
    "/conversations/<public_id>/seen": ("position",),
    "/conversations/<public_id>/share": ("answer",),
    "/share/<secret>": ("before", "again"),
    "/login": ("next",),
    "/admin/people": ("q", "page"),
    "/admin/log": LOG,
    "/admin/log/export.csv": LOG,
    "/admin/retention": ("days", "pinned"),
}
RIGHT = {  # of most forms; of the others it is "on"
    **{"answer": "", "api": "openai", "api_key": "k", "asking": "every", "audience": "everybody"},
    **{"base_url": "http://127.0.0.1:9", "code": "123456", "content": "Why?", "dates": "de"},
    **{"context_window": "1000", "current": "wrong", "days": "7", "effort": "low"},
    **{"description": "Quick.", "email": "eve@example.org", "emoji": "👍", "fallback": ""},
    **{"format": "json", "id": "99", "key": "k", "kind": "information", "label": "Model"},
    **{"limit": ""},
    **{"model": "demo", "name": "Name", "names": "show", "new": "a fine password", "next": "/"},
    **{"password": "wrong", "people": "", "person": "", "picture": "P", "price_read": "1"},
    **{"price_written": "2", "quotes": "", "role": "reader", "system_prompt": "Be brief."},
    **{"temperature": "1", "text": "Hello.", "theme": "dark", "title": "A title", "to": ""},
    **{"tried": "7", "until": "", "uses": "1", "version": "1", "who": "eve@example.org"},
}
ENDS = ("/logout", "/account/sign-out")  # after these nobody is signed in
LAST = ("/delete", "/remove", "/revoke", "/forget", "/owner", "/leave")  # after these less is found
LARGEST_INTEGER = 2**63 - 1


@pytest.fixture(autouse=True)
def unlimited(monkeypatch: pytest.MonkeyPatch) -> None:
    """No request is refused because there were others; a model that is tested answers at once."""
    monkeypatch.setattr(rate_limits, "hit", lambda *_: None)
    monkeypatch.setattr("app.providers.retrying.DELAYS_SECONDS", ())


@pytest.fixture
def refused_values(app: Flask) -> Iterator[list[Any]]:
    """What statements hold that PostgreSQL refuses, though SQLite does not."""
    found: list[Any] = []

    def look(_connection: Any, _cursor: Any, _text: str, parameters: Any, *_: Any) -> None:
        rows = parameters if isinstance(parameters, list) else [parameters]
        found.extend(value for row in rows for value in values_of(row) if is_refused(value))

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", look)
    yield found
    event.remove(engine, "before_cursor_execute", look)


def there_is_one_of_each(user_id: int) -> dict[str, Any]:
    """Add what addresses are about; return its parts of them."""
    model = OfferedModel.add(ModelProvider.add("x", Api.OPENAI, "http://127.0.0.1:9"), "m")
    assistant = Assistant.add(user_id, name="Editor")
    db.session.flush()
    return {"name": "x", "key": model.id, "assistant": assistant.public_id}


def test_the_fields_of_all_forms_are_found() -> None:
    """From each of the three places where they stand, and in all ways in which they are written."""
    known = {"dates", "picture", "sees", "temperature", "remove", "file", "content", "tried"}
    known |= {"text", "code", "current", "theme", "shows_text", "api_key", "q"}
    assert known <= all_fields()
    assert len(all_fields()) > 70


def values_of(row: Any) -> Any:
    return row.values() if isinstance(row, Mapping) else row


def is_refused(value: Any) -> bool:
    is_too_large = isinstance(value, int) and abs(value) > LARGEST_INTEGER
    return is_too_large or (isinstance(value, str) and "\0" in value)


@pytest.mark.parametrize("number", range(len(ODD)), ids=lambda number: repr(ODD[number][:12]))
def test_no_form_is_an_error_of_the_server(
    app: Flask, harness: Harness, cast: Cast, number: int, refused_values: list[Any]
) -> None:
    """With the same in all fields, of which the first one is refused; and where most are right."""
    odd, names = ODD[number], sorted(all_fields())
    some = dict.fromkeys(names[number % EVERY :: EVERY], odd)
    send_all(app, harness, cast, {name: RIGHT.get(name, "on") for name in names} | some)
    send_all(app, harness, cast, dict.fromkeys(names, odd))
    assert refused_values == []


def send_all(app: Flask, harness: Harness, cast: Cast, fields: dict[str, str]) -> None:
    """Send these fields to every address that takes a form."""
    conversation = harness.database.conversation(cast.olive, cast.max)
    olive = administrator(app, harness, cast)
    token = csrf_token(olive.open("/account").text)
    key, message = harness.user(cast.olive), harness.ask(conversation, cast.olive)
    found = harness.database.write(lambda: there_is_one_of_each(key))
    fields |= {"csrf_token": token}
    addresses = posts(app, conversation, **found, message_id=message)
    assert set(ENDS) < set(addresses)
    for address in sorted(set(addresses) - set(ENDS), key=lambda each: (each.endswith(LAST), each)):
        assert olive.post_bare(address, **fields).status_code < 500, address
    assert csrf_token(olive.open("/account").text), "precondition: nothing has ended the sign-in"


def administrator(app: Flask, harness: Harness, cast: Cast) -> Browser:
    """Return a browser of Olive's, who is an administrator."""
    key = harness.user(cast.olive)
    harness.database.write(lambda: db.session.get_one(User, key).set_admin(True))
    return Browser(app).signed_in(cast.olive)


@pytest.mark.parametrize("number", range(len(ODD)), ids=lambda number: repr(ODD[number][:12]))
def test_no_address_is_an_error_of_the_server(
    app: Flask,
    harness: Harness,
    cast: Cast,
    conversation: str,
    number: int,
    refused_values: list[Any],
) -> None:
    """Whatever is asked for in it, and whatever stands in it for a conversation, a file, a link."""
    olive, odd = administrator(app, harness, cast), ODD[number]
    secret = share(harness.database, conversation, cast.olive)
    for rule, names in QUERIES.items():
        address = rule.replace("<public_id>", conversation).replace("<secret>", secret)
        for name in names:
            query = {name: odd[:5_000]}
            assert olive.open(address, query_string=query).status_code < 500, (address, name)
    token = csrf_token(olive.open("/account").text)
    for method, rule in in_addresses(app)[number % EVERY :: EVERY]:
        address = PART.sub(quote(odd[:5_000], safe=""), rule)
        sent = {"csrf_token": token} if method == "POST" else {}
        send = olive.post_bare if method == "POST" else olive.open
        assert send(address, **sent).status_code < 500, (method, rule)
    assert refused_values == []


def in_addresses(app: Flask) -> list[tuple[str, str]]:
    """Return each method and rule with something in it that anybody can write."""
    return sorted(
        (method, rule.rule)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) & {"GET", "POST"}
        if rule.arguments
    )


def test_the_names_of_all_queries_are_known() -> None:
    read = {
        name
        for path in VIEWS.rglob("*.py")
        for name in IN_QUERIES.findall(path.read_text("utf-8"))
        if path.name != "openid.py"  # a provider's answer, in test_openid.py
    }
    assert len(read) > 6 and read <= {name for names in QUERIES.values() for name in names}
