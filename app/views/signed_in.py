"""Pages for those who are signed in."""

from __future__ import annotations

from flask_login import login_required


@login_required  # type: ignore[untyped-decorator]  # flask-login has no types
def require_sign_in() -> None:
    """Send whoever is not signed in to where that is done: `before_request` of a blueprint."""
