"""`flask models`: the models that people can ask, and the providers with their keys."""

from __future__ import annotations

import sys

import click

from app.commands.group import CommandError, CommandGroup
from app.config import DOLLAR
from app.database import read, write
from app.encryption import reencrypt
from app.events.payloads import FORMER_MEMBER
from app.extensions import db
from app.models import ModelProvider, OfferedModel, SecondFactor, User, audit
from app.models.model_provider import Api, lock_models
from app.models.model_use import Sums, by_person
from app.models.offered_model import Audience
from app.providers.trial import try_model
from app.replies import current_runtime
from app.replies.offering import reload_models
from app.schemas import check
from app.views.model_forms import ModelRef, NewProvider

NO_MODEL = "There is no model {}; `flask models list` prints their names."
AUDIENCES = click.Choice([each.value for each in Audience if each is not Audience.NAMED])


@click.group(cls=CommandGroup)
def models() -> None:
    """List the models that people can ask; add providers and offer their models."""


@models.command("list")
def list_models() -> None:
    """List all models: name, to whom it is offered, what people see."""
    for name, label in current_runtime().models.configured.items():
        click.echo(f"{name}\tby the settings\t{label}")
    for row in read(lambda: [_row(each) for each in OfferedModel.all()]):
        click.echo("\t".join(row))


@models.command("provider")
@click.argument("name")
@click.option("--api", type=click.Choice([each.value for each in Api]), default=Api.OPENAI.value)
@click.option("--base-url", default="", help="Where it is; by default where its API is at home.")
@click.option("--key-stdin", is_flag=True, help="Read a key from the first line of standard input.")
def add_provider(name: str, api: str, base_url: str, key_stdin: bool) -> None:
    """Add a provider, or give the one of this name another address or key."""
    key = sys.stdin.readline().strip() if key_stdin else ""
    about = {"name": name, "api": api, "base_url": base_url, "api_key": key}
    form = check(NewProvider, about)
    is_new = write(lambda: _add_provider(form))
    click.echo(f"{name} is {'added' if is_new else 'changed'}.")


@models.command("offer")
@click.argument("provider")
@click.argument("model")
@click.option("--to", "audience", type=AUDIENCES, default=Audience.EVERYBODY.value)
def offer(provider: str, model: str, audience: str) -> None:
    """Offer a model of a provider; to everybody, to administrators, or to nobody any more."""
    name = check(ModelRef, {"model": model}).model
    write(lambda: _offer(provider, name, audience))
    click.echo(f"{provider}:{name} is offered to {audience}.")


@models.command("test")
@click.argument("model")
def test_model(model: str) -> None:
    """Ask a model, by its name as `list` has it, one short question, and print how it went."""
    reload_models()
    all_models = current_runtime().models
    if model not in all_models.all_labels:
        raise CommandError(NO_MODEL.format(model))
    trial = try_model(all_models, model)
    if not trial.has_answered:
        raise CommandError(trial.sentence)
    click.echo(trial.sentence)


@models.command("remove")
@click.argument("model")
def remove_model(model: str) -> None:
    """Remove a model of a provider, by its name; what it has answered stays."""
    write(lambda: _remove(model))
    click.echo(f"{model} is removed.")


@models.command("remove-provider")
@click.argument("name")
@click.confirmation_option(prompt="Its key and its models go with it. Remove this provider?")
def remove_provider(name: str) -> None:
    """Remove a provider with its key and all its models; what they have answered stays."""
    write(lambda: _remove_provider(name))
    click.echo(f"{name} is removed.")


@models.command("use")
def report_use() -> None:
    """Print what each person has used in this month: address, answers, tokens, dollars, and how
    many answers have no known price."""
    for row in read(lambda: [_use_row(user, sums) for user, sums in by_person()]):
        click.echo("\t".join(row))


@models.command("rotate-keys")
def rotate_keys() -> None:
    """Encrypt all keys of providers, and the secrets of second factors, with the first secret of
    KEYS_SECRET."""
    lost = write(_rotate)
    if write(_rotate_second_factors):
        raise CommandError("Some second factors can't be read. Reset them, or set the old secret.")
    if lost:
        raise CommandError(f"The keys of {', '.join(lost)} can't be read. Enter them again.")
    click.echo("All keys are encrypted with the first secret.")


def _add_provider(form: NewProvider) -> bool:
    lock_models()
    known = ModelProvider.by_name(form.name)
    if known and known.api != form.api:
        raise CommandError(f"{form.name} has another API; remove it first.")
    form.fill(known or ModelProvider.add(form.name, Api(form.api), form.base_url or None))
    return known is None


def _offer(provider_name: str, name: str, audience: str) -> None:
    lock_models()
    provider = _provider(provider_name)
    known = db.select(OfferedModel).where(
        OfferedModel.provider_id == provider.id, OfferedModel.model == name
    )
    model = db.session.scalar(known) or OfferedModel.add(provider, name)
    model.name_people(())
    model.change(audience=audience)


def _remove(name: str) -> None:
    lock_models()
    found = next((each for each in OfferedModel.all() if each.name == name), None)
    if found is None:
        raise CommandError(NO_MODEL.format(name))
    found.remove()


def _remove_provider(name: str) -> None:
    lock_models()
    _provider(name).remove()


def _provider(name: str) -> ModelProvider:
    provider = ModelProvider.by_name(name)
    if provider is None:
        raise CommandError(f"There is no provider {name}.")
    return provider


def _rotate() -> list[str]:
    """Encrypt all keys anew, and return the providers whose keys can't be read."""
    lost = []
    audit.record(audit.Kind.MODELS, detail="all keys: encrypted anew")
    for provider in db.session.scalars(db.select(ModelProvider)):
        if provider.stored_key is None:
            continue
        if encrypted := reencrypt(provider.stored_key):
            provider.stored_key = encrypted
        else:
            lost.append(provider.name)
    return lost


def _rotate_second_factors() -> int:
    """Encrypt all secrets of second factors anew, and return how many can't be read."""
    lost = 0
    for factor in db.session.scalars(db.select(SecondFactor)):
        if encrypted := reencrypt(factor.secret):
            factor.secret = encrypted
        else:
            lost += 1
    return lost


def _use_row(user: User | None, sums: Sums) -> tuple[str, ...]:
    dollars = sums.cost / DOLLAR
    return (
        user.email if user else FORMER_MEMBER,
        f"{sums.answers} answers",
        f"{sums.tokens} tokens",
        f"${dollars:.4f}",
        f"{sums.unpriced} unpriced",
    )


def _row(model: OfferedModel) -> tuple[str, str, str]:
    return model.name, model.audience, model.label
