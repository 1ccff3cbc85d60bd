"""What all pages for administrators share: who may open them, and who may change anything there."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from flask_login import current_user
from werkzeug.wrappers import Response

from app.auth import rate_limits
from app.database import write
from app.errors import Forbidden
from app.models import User
from app.models.model_provider import lock_models
from app.models.user import ADMINISTRATORS_ONLY
from app.replies import reload_models
from app.views.auth import require_sign_in
from app.views.errors import ErrorPage

T = TypeVar("T")


def require_admin() -> Response | ErrorPage | None:
    """Let only administrators through; for `before_request` of a blueprint.

    Raises Forbidden; whoever is not signed in is sent to the sign-in form.
    """
    if not current_user.is_authenticated:
        return require_sign_in()
    if not current_user.is_admin:
        raise Forbidden(ADMINISTRATORS_ONLY)
    rate_limits.hit("admin", current_user.id)
    return None


def write_as_admin(work: Callable[[], T]) -> T:
    """Commit a change, unless the user is no administrator any more: then Forbidden is raised."""
    user_id = current_user.id

    def allowed() -> T:
        User.allow_admin(user_id)
        return work()

    return write(allowed)


def change_models(work: Callable[[], T]) -> T:
    """Commit a change of the models that there are, one after the other. This process knows it at
    once, and the others do within a second."""

    def alone() -> T:
        lock_models()
        return work()

    result = write_as_admin(alone)
    reload_models()
    return result
