"""What makes the app installable: a manifest, and a service worker with a page for when there is no
connection. It keeps no page of a user."""

from __future__ import annotations

import json

from flask import Blueprint, Response, render_template, request, url_for

from app.config import current_config

blueprint = Blueprint("installing", __name__)

GROUND = "#fafaf7"
ACCENT = "#0b6171"
ICONS = (  # name, sizes, purpose
    ("icon.svg", "any", "any"),
    ("icon-192.png", "192x192", "any"),
    ("icon-512.png", "512x512", "any"),
    ("icon-maskable-512.png", "512x512", "maskable"),
)


@blueprint.get("/manifest.webmanifest")
def manifest() -> Response:
    """Send the manifest."""
    response = Response(mimetype="application/manifest+json")
    icons = [
        {"src": url_for("static", filename=name), "sizes": sizes, "purpose": purpose}
        for name, sizes, purpose in ICONS
    ]
    response.set_data(
        json.dumps(
            {
                "id": f"{request.script_root}/",
                "name": "Midstream",
                "short_name": "Midstream",
                "description": "A chat with language models that can be joined midstream.",
                "start_url": url_for("conversations.index"),
                "scope": f"{request.script_root}/",
                "display": "standalone",
                "background_color": GROUND,
                "theme_color": ACCENT,
                "icons": icons,
            }
        )
    )
    return response


@blueprint.get("/service-worker.js")
def service_worker() -> Response:
    """Send the service worker, for the whole site; it changes with the files that it keeps."""
    push = current_config().push
    text = render_template("service-worker.jinja", server_key=push.public_key if push else None)
    return Response(text, mimetype="text/javascript")


@blueprint.get("/offline")
def offline() -> str:
    """Show what the service worker keeps for when there is no connection, the same for all."""
    return render_template("offline.html")
