"""`flask models` and `flask user admin`."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask

from app.encryption import decrypt, encrypt
from app.extensions import db
from app.models import ModelProvider, ModelUse, SecondFactor, User
from app.models.control_event import Kind
from app.models.model_use import today
from tests.commands.conftest import Run
from tests.commands.expecting import control_events, refused

KEY = "sk-a-key-that-no-output-may-hold"
SECRET = "a newer secret of thirty-two characters"


def provider() -> ModelProvider:
    return db.session.scalars(db.select(ModelProvider)).one()


@pytest.mark.usefixtures("cast")
def test_a_user_becomes_an_administrator_and_is_none_again(run: Run) -> None:
    email = "olive@example.com"
    assert "now" in run("user", "admin", email).stdout
    assert (user := User.by_email(email)) and user.is_admin
    assert (Kind.MODELS, "models") in control_events()
    assert "no longer" in run("user", "admin", email, "--remove").stdout
    assert (user := User.by_email(email)) and not user.is_admin


@pytest.mark.usefixtures("cast")
def test_a_provider_is_added_changed_and_its_models_offered(run: Run) -> None:
    add = ("models", "provider", "acme", "--base-url", "http://127.0.0.1:9")
    assert run(*add, "--key-stdin", stdin=f"{KEY}\n").stdout == "acme is added.\n"
    assert decrypt(provider().stored_key or "") == KEY
    assert run(*add).stdout == "acme is changed.\n"
    assert provider().stored_key, "the address is the same"
    assert "offered to everybody" in run("models", "offer", "acme", "m").stdout
    assert "acme:m\teverybody\tm" in run("models", "list").stdout
    assert run("models", "offer", "acme", "m", "--to", "nobody").exit_code == 0
    listed = run("models", "list").stdout
    assert "acme:m\tnobody" in listed and "demo\tby the settings" in listed and KEY not in listed
    run("models", "offer", "acme", "m")
    where = ("seed", "conversation", "T", "--member", "olive@example.com", "--model", "acme:m")
    assert run(*where).exit_code == 0


def test_models_are_tested_and_removed_and_so_are_providers(run: Run) -> None:
    assert "The model answered within" in run("models", "test", "demo").stdout
    run("models", "provider", "acme", "--base-url", "http://127.0.0.1:9", "--key-stdin", stdin=KEY)
    for model in ("m", "n"):
        run("models", "offer", "acme", model)
    failed = run("models", "test", "acme:m")
    assert refused(failed, "The test failed.") and KEY not in failed.output
    assert run("models", "remove", "acme:m").exit_code == 0
    for command in ("test", "remove"):
        assert refused(run("models", command, "acme:m"), "no model acme:m")
    assert refused(run("models", "remove", "demo"), "no model demo")
    assert "acme:n" in run("models", "list").stdout
    assert run("models", "remove-provider", "acme", stdin="n\n").exit_code == 1
    assert run("models", "remove-provider", "acme", "--yes").exit_code == 0
    assert "acme" not in run("models", "list").stdout
    assert refused(run("models", "remove-provider", "acme", "--yes"), "no provider acme")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("provider", "Acme"), "small letters"),
        (("provider", "acme", "--base-url", "nowhere"), "http"),
        (("provider", "acme", "--api", "anthropic"), "another API"),
        (("offer", "none", "m"), "no provider none"),
        (("offer", "acme", " "), "one line"),
    ],
)
def test_what_can_not_be_is_refused(run: Run, arguments: tuple[str, ...], words: str) -> None:
    run("models", "provider", "acme")
    assert refused(run("models", *arguments), words)


@pytest.mark.usefixtures("cast")
def test_limits_are_set_and_the_use_is_reported(run: Run) -> None:
    email = "olive@example.com"
    for limit, stored in (("20 dollars", "20 dollars"), ("none", "none"), ("default", None)):
        assert limit in run("user", "limit", email, limit).stdout
        user = User.by_email(email)
        assert user and user.monthly_limit == stored
    assert refused(run("user", "limit", email, "much"), "much is no limit")
    about = {"conversation_id": 1, "model": "demo", "estimated": False, "day": today()}
    for key, cost in ((user.id, 12_300_000_000), (None, None)):
        tokens = {"input_tokens": 7, "output_tokens": 3, "cost": cost}
        db.session.add(ModelUse(message_id=key or 99, user_id=key, **about, **tokens))
    db.session.commit()
    lines = run("models", "use").stdout.splitlines()
    assert lines[0] == f"{email}\t1 answers\t10 tokens\t$1.2300\t0 unpriced"
    assert lines[1].startswith("Former member") and lines[1].endswith("1 unpriced")


@pytest.mark.usefixtures("cast")
def test_secrets_of_second_factors_are_encrypted_anew(run: Run, app: Flask) -> None:
    user = User.by_email("olive@example.com")
    assert user
    SecondFactor.replace(user.id, encrypt("OLIVES"), 0)
    db.session.commit()
    config = app.extensions["config"]
    app.extensions["config"] = replace(config, keys_secrets=(SECRET,))
    assert run("models", "rotate-keys").exit_code == 0
    app.extensions["config"] = replace(config, keys_secrets=(SECRET,), secret_key="another")
    stored = db.session.scalars(db.select(SecondFactor.secret)).one()
    assert decrypt(stored) == "OLIVES"
    app.extensions["config"] = replace(config, secret_key="another")
    assert refused(run("models", "rotate-keys"), "Some second factors can't be read")


def test_keys_are_encrypted_anew(run: Run, app: Flask) -> None:
    run("models", "provider", "acme", "--key-stdin", stdin=f"{KEY}\n")
    run("models", "provider", "keyless")
    config = app.extensions["config"]
    app.extensions["config"] = replace(config, keys_secrets=(SECRET,))
    assert run("models", "rotate-keys").exit_code == 0
    app.extensions["config"] = replace(config, keys_secrets=(SECRET,), secret_key="another")
    acme = ModelProvider.by_name("acme")
    assert acme and decrypt(acme.stored_key or "") == KEY
    app.extensions["config"] = replace(config, secret_key="another")
    assert refused(run("models", "rotate-keys"), "acme can't be read")
