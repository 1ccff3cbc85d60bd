"""Programs for a start: one in each language that there is a reader in."""

from __future__ import annotations

from typing import Any

from flask import request

from app.models.listing import conversations_of

LANGUAGES = {
    "Python": "python",
    "JavaScript": "javascript",
    "Go": "go",
    "Java": "java",
    "Rust": "rust",
}  # to the names of the files in templates/account/snippets
PLACEHOLDER = "CONVERSATION"


def snippets_for(user_id: int) -> dict[str, Any]:
    """Return what the programs are about: this server, and the user's latest conversation."""
    latest = next(iter(conversations_of(user_id).conversations), None)
    return {
        "snippets": LANGUAGES,
        "address": request.host_url.rstrip("/"),
        "conversation": latest,
        "conversation_id": latest.public_id if latest else PLACEHOLDER,
    }
