"""Uploading files, which a question is then sent with."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import requests

from midstream.access import Access, Refused, Unreachable

UPLOAD_SECONDS = 120.0


def upload(access: Access, conversation: str, path: Path) -> str:
    """Upload a file, and return its id, for a Question that is asked within a day.

    Raises Refused, Unreachable, and OSError if the file can't be read.
    """
    url = f"{access.url}/api/conversations/{quote(conversation, safe='')}/files"
    file = {"file": (path.name, path.read_bytes())}
    try:
        response = requests.post(url, files=file, auth=_Bearer(access), timeout=UPLOAD_SECONDS)
        answer = response.json()
    except requests.RequestException:
        raise Unreachable() from None
    if not isinstance(answer, dict) or not answer.keys() & {"id", "error"}:
        raise Unreachable()  # this was not the server
    if "error" in answer:
        raise Refused(str(answer["error"]), str(answer.get("message")))
    return str(answer["id"])


class _Bearer(requests.auth.AuthBase):
    """The API token. As a plain header it would give way to a password in ~/.netrc."""

    def __init__(self, access: Access) -> None:
        self._token = access.token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request
