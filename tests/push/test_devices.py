"""The form that adds a device, and the command that makes keys."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app import commands
from app.config import PushSettings, push_settings_from
from app.extensions import db
from app.models import PushSubscription
from tests.support.browser import Browser
from tests.support.cast import Cast
from tests.support.harness import Harness
from tests.support.push_service import PushService

PAGE = "/account/notifications"


def count(harness: Harness) -> int:
    found = db.select(db.func.count()).select_from(PushSubscription)
    return harness.database.read(lambda: db.session.scalar(found)) or 0


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"endpoint": "https://10.0.0.7/a"}, 400),
        ({"endpoint": "https://localhost/a"}, 400),
        ({"endpoint": "https://nowhere.invalid/a"}, 400),
        ({"endpoint": "http://push.example.org/"}, 400),
        ({"endpoint": ""}, 400),
        ({"p256dh": "AAAA"}, 400),
        ({"auth": "AAAA"}, 400),
        ({"server_key": "AAAA"}, 409),
        ({"name": "x" * 61}, 400),
        ({"name": ""}, 302),
    ],
)
def test_a_bad_device_is_refused(
    harness: Harness,
    cast: Cast,
    service: PushService,
    push: PushSettings,
    fields: dict[str, str],
    status: int,
) -> None:
    form = {**service.subscribe().form, "server_key": push.public_key, "name": "Phone", **fields}
    max_ = Browser(harness.app).signed_in(cast.max)
    assert max_.post(f"{PAGE}/devices", form_on=PAGE, **form).status_code == status
    assert count(harness) == (status == 302)


@pytest.mark.usefixtures("service")
def test_without_a_key_there_is_nothing_to_set_up(
    harness: Harness, cast: Cast, push: PushSettings
) -> None:
    max_ = Browser(harness.app).signed_in(cast.max)
    assert "Push to this device" in max_.open(PAGE).text
    config = harness.app.extensions["config"]
    harness.app.extensions["config"] = replace(config, push=None)
    assert "On your devices" not in max_.open(PAGE).text
    assert max_.post(f"{PAGE}/devices", form_on=PAGE, endpoint="x").status_code == 409
    nobody = Browser(harness.app)
    assert nobody.post(f"{PAGE}/devices", form_on="/login").location.startswith("/login")


def test_the_command_makes_keys_that_can_be_used(harness: Harness) -> None:
    commands.register(harness.app)
    printed = harness.app.test_cli_runner().invoke(args=["push", "keys"]).output.splitlines()
    env = dict(line.partition("  #")[0].split("=", 1) for line in printed)
    settings = push_settings_from(env)
    assert settings and len(settings.public_key) == 87
