"""The id of a deployment: made once, the same for all processes on a database."""

from __future__ import annotations

import pytest
from flask import Flask

from app.config import RedisSettings
from app.models.deployment import deployment_id
from app.shared_redis import SharedRedis


@pytest.mark.usefixtures("context")
def test_it_is_made_once_and_is_what_names_in_redis_begin_with(app: Flask) -> None:
    found = deployment_id()
    assert len(found) == 32 and deployment_id() == found
    assert SharedRedis("redis://host").prefix == f"midstream:{found}"
    assert SharedRedis("redis://host", RedisSettings("chat")).prefix == "chat"
