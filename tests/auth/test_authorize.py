"""Conversations and messages are looked up only among those of the current user."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from app.auth.authorize import (
    authorize,
    authorize_deleted,
    authorize_message,
    check_allowed,
)
from app.auth.identity import API_TOKEN
from app.errors import NotFound, Unauthorized
from tests.support.cast import Cast, Person
from tests.support.harness import Harness

LookUp = Callable[[Person | None, Callable[[str], Any], str], Any]


@pytest.fixture
def look_up(app: Flask) -> LookUp:
    """Return a function that looks something up as a person."""

    def look_up_as(person: Person | None, by: Callable[[str], Any], public_id: str) -> Any:
        own = {API_TOKEN: person.token} if person else {}
        with app.test_request_context(environ_overrides=own):
            return by(public_id)

    return look_up_as


@pytest.mark.parametrize("public_id", ["0" * 32, "", "x", "\0", "\ud800", "ü" * 32, "0" * 33])
def test_an_unknown_id_is_not_found(cast: Cast, look_up: LookUp, public_id: str) -> None:
    for by in (authorize, check_allowed, authorize_message):
        with pytest.raises(NotFound):
            look_up(cast.olive, by, public_id)


def test_anonymous_requests_are_unauthorized(
    harness: Harness, cast: Cast, conversation: str, look_up: LookUp
) -> None:
    reply = harness.ask(conversation, cast.olive)
    for by, public_id in (
        (authorize, conversation),
        (check_allowed, conversation),
        (authorize_deleted, conversation),
        (authorize_message, reply),
    ):
        with pytest.raises(Unauthorized):
            look_up(None, by, public_id)
