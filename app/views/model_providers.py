"""The administrators' pages of the models' providers: their addresses and keys, and the models that
they list. A key is never shown again."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.background import in_turn
from app.database import read, release
from app.encryption import decrypt
from app.errors import Conflict, Invalid, NotFound
from app.models import ModelProvider, OfferedModel
from app.models.model_provider import Api
from app.providers import ProviderError
from app.providers.listing import list_models
from app.providers.stored import NO_KEY, provider_of
from app.schemas import check
from app.views.administration import change_models, require_admin
from app.views.errors import ErrorPage
from app.views.forms import problem_in
from app.views.model_forms import ModelRef, NewProvider, ProviderForm
from app.views.models import render_models

blueprint = Blueprint("model_providers", __name__, url_prefix="/admin/providers")
blueprint.before_request(require_admin)

NO_PROVIDER = "There is no such provider any more."
SAVED = "The provider is changed."


@blueprint.get("")
def lead_to_models() -> Response:
    """Lead on from the address of a refused form."""
    return redirect(url_for("models.show"))


@blueprint.post("")
def add_provider() -> Response | ErrorPage:
    """Add a provider, with its key."""
    try:
        form = check(NewProvider, request.form.to_dict())
        change_models(lambda: _add_provider(form))
    except (Invalid, Conflict) as error:
        return render_models(**problem_in(error)), error.http_status, {}
    return redirect(url_for(".show", name=form.name))


@blueprint.get("/<name>")
def show(name: str) -> str:
    """Show a provider and its models."""
    return _render_provider(name)


@blueprint.post("/<name>")
def change(name: str) -> Response | ErrorPage:
    """Change a provider's address or key. With another address the former key is forgotten."""
    try:
        form = check(ProviderForm, request.form.to_dict())
    except (Invalid, Conflict) as error:
        return _render_provider(name, problems=problem_in(error)), error.http_status, {}
    change_models(lambda: form.fill(_provider(name)))
    flash(SAVED)
    return redirect(url_for(".show", name=name))


@blueprint.post("/<name>/forget")
def forget_key(name: str) -> Response:
    """Remove a provider's key."""
    change_models(lambda: _provider(name).remove_key())
    return redirect(url_for(".show", name=name))


@blueprint.post("/<name>/remove")
def remove_provider(name: str) -> Response:
    """Remove a provider with its models."""
    change_models(lambda: _provider(name).remove())
    return redirect(url_for("models.show"))


@blueprint.get("/<name>/list")
@blueprint.get("/<name>/models")
def lead_on(name: str) -> Response:
    """Lead on from the addresses of forms."""
    return redirect(url_for(".show", name=name))


@blueprint.post("/<name>/list")
def list_of_models(name: str) -> str:
    """Ask the provider which models it has, and show them to be chosen from."""
    api, base_url, stored_key = read(lambda: _access(name))
    key = decrypt(stored_key) if stored_key else None
    if stored_key and key is None:
        return _render_provider(name, problems={"list": NO_KEY})
    release()
    try:
        return _render_provider(name, list_models(provider_of(api, "", base_url, key)))
    except ProviderError as error:
        return _render_provider(name, problems={"list": error.sentence})


@blueprint.post("/<name>/models")
def add_model(name: str) -> Response | ErrorPage:
    """Add a model of a provider, which is offered to nobody yet."""
    try:
        model = check(ModelRef, request.form.to_dict()).model
        key = change_models(lambda: OfferedModel.add(_provider(name), model).id)
    except (Invalid, Conflict) as error:
        problem = next(iter(problem_in(error).values()))
        return _render_provider(name, problems={"model": problem}), error.http_status, {}
    return redirect(url_for("models.show_model", key=key))


def _add_provider(form: NewProvider) -> None:
    form.fill(ModelProvider.add(form.name, Api(form.api), form.base_url or None))


def _provider(name: str) -> ModelProvider:
    provider = None if "\0" in name else ModelProvider.by_name(name)
    if provider is None:
        raise NotFound(NO_PROVIDER)
    return provider


def _access(name: str) -> tuple[str, str | None, str | None]:
    provider = _provider(name)
    return provider.api, provider.base_url, provider.stored_key


@in_turn()
def _render_provider(
    name: str, names: list[str] | None = None, problems: dict[str, str] | None = None
) -> str:
    """Return the page's HTML; `names` are what the provider lists."""
    provider = _provider(name)
    return render_template(
        "admin/provider.html",
        provider=provider,
        offered=[each for each in OfferedModel.all() if each.provider_id == provider.id],
        names=names,
        typed=request.form,
        problems=problems or {},
    )
