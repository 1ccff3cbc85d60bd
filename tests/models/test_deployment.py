"""The id of a deployment: made once, the same for all processes on a database."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy.exc import IntegrityError

from app.config import RedisSettings
from app.database import write
from app.models import deployment
from app.models.deployment import deployment_id
from app.shared_redis import SharedRedis


@pytest.mark.usefixtures("context")
def test_it_is_made_once_and_is_what_names_in_redis_begin_with(app: Flask) -> None:
    found = deployment_id()
    assert len(found) == 32 and deployment_id() == found
    assert SharedRedis("redis://host").prefix == f"midstream:{found}"
    assert SharedRedis("redis://host", RedisSettings("chat")).prefix == "chat"


@pytest.mark.usefixtures("context")
def test_of_two_that_make_it_at_once_the_first_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    def make_too_late(make: Callable[[], str]) -> str:
        first.append(write(make))
        raise IntegrityError("", None, Exception())

    first: list[str] = []
    monkeypatch.setattr(deployment, "write", make_too_late)
    assert deployment_id() == deployment_id() == first[0]
    assert len(first) == 1
