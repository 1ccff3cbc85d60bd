"""The administrators' pages of models: which there are, and to whom each of them is offered."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.background import in_turn
from app.database import read, release
from app.errors import Invalid, NotFound
from app.extensions import db
from app.models import ModelProvider, OfferedModel, User
from app.models.offered_model import MAX_PEOPLE, Audience
from app.providers.trial import try_model
from app.replies import current_runtime
from app.schemas import check
from app.views.administration import change_models, require_admin
from app.views.errors import ErrorPage
from app.views.forms import problem_in
from app.views.model_forms import ModelForm

blueprint = Blueprint("models", __name__, url_prefix="/admin/models")
blueprint.before_request(require_admin)

NO_MODEL = "There is no such model any more."
SAVED = "The model is changed."
NOBODY_HERE = "people: nobody here has the address {address}."
TOO_MANY_PEOPLE = f"people: a model can be offered to {MAX_PEOPLE} people by name."
NO_FALLBACK = "fallback: there is no such model, or it is this one."


@blueprint.get("")
def show() -> str:
    """Show the providers and all models."""
    return render_models()


@blueprint.get("/<int:key>")
def show_model(key: int) -> str:
    """Show what people see of a model, and to whom it is offered."""
    return _render_model(key)


@blueprint.post("/<int:key>")
def change_model(key: int) -> Response | ErrorPage:
    """Change that."""
    try:
        form = check(ModelForm, request.form.to_dict())
        change_models(lambda: _change_model(key, form))
    except Invalid as error:
        return _render_model(key, **problem_in(error)), error.http_status, {}
    flash(SAVED)
    return redirect(url_for(".show_model", key=key))


@blueprint.post("/<int:key>/test")
def test_model(key: int) -> Response:
    """Ask a model one short question, and show how it went."""
    name = read(lambda: _model(key).name)
    release()
    trial = try_model(current_runtime().models, name)
    flash(trial.sentence, "message" if trial.has_answered else "error")
    return redirect(url_for(".show_model", key=key))


@blueprint.post("/<int:key>/remove")
def remove_model(key: int) -> Response:
    """Remove a model; what it has answered stays."""
    change_models(lambda: _model(key).remove())
    return redirect(url_for(".show"))


def _change_model(key: int, form: ModelForm) -> None:
    model = _model(key)
    fallback = form.fallback or None
    if fallback and (fallback == model.name or fallback not in current_runtime().models.all_labels):
        raise Invalid(NO_FALLBACK)
    is_named = Audience(form.audience) is Audience.NAMED
    model.name_people(_keys_of(form.people) if is_named else ())
    model.change(
        label=form.label,
        description=form.description,
        context_window=form.context_window,
        price_read=form.price_read,
        price_written=form.price_written,
        audience=form.audience,
        fallback=fallback,
        sees=form.sees == "on",
    )


def _keys_of(people: str) -> list[int]:
    """Return the keys of the people with these addresses; Invalid for one that nobody has."""
    addresses = list(dict.fromkeys(people.replace(",", " ").lower().split()))
    if len(addresses) > MAX_PEOPLE:
        raise Invalid(TOO_MANY_PEOPLE)
    found = db.session.execute(db.select(User.email, User.id).where(User.email.in_(addresses)))
    keys = {email: key for email, key in found}
    for address in addresses:
        if address not in keys:
            raise Invalid(NOBODY_HERE.format(address=address[:100]))
    return list(keys.values())


def _model(key: int) -> OfferedModel:
    model = db.session.get(OfferedModel, key) if key < 2**31 else None
    if model is None:
        raise NotFound(NO_MODEL)
    return model


@in_turn()
def render_models(**problems: str) -> str:
    """Return the page's HTML; `problems` are sentences by the names of their fields."""
    return render_template(
        "admin/models.html",
        providers=db.session.scalars(db.select(ModelProvider).order_by(ModelProvider.name)).all(),
        offered=OfferedModel.all(),
        models=current_runtime().models,
        typed=request.form,
        problems=problems,
    )


@in_turn()
def _render_model(key: int, **problems: str) -> str:
    model = _model(key)
    return render_template(
        "admin/model.html",
        model=model,
        people=" ".join(user.email for user in model.people),
        labels=current_runtime().models.all_labels,
        typed=request.form,
        problems=problems,
    )
