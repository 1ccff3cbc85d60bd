"""Files that would stop a server stop neither an answer nor its readers."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.agreement import agreed
from tests.support.cast import Cast
from tests.support.database import Database
from tests.support.http_session import BrowserSession, csrf_token
from tests.support.reader import Reader
from tests.support.sample_files import archive, endless_pdf, large_picture, picture

pytestmark = [pytest.mark.system, pytest.mark.slow]
Read = Callable[..., Reader]

UPLOAD_SECONDS = 200
FILES: dict[str, tuple[Callable[[], bytes], int]] = {
    "sky.png": (picture, 201),
    "large.png": (lambda: large_picture(30_000), 400),
    "endless.pdf": (endless_pdf, 400),
    "bomb.docx": (lambda: archive(**{f"entry{number}": b"" for number in range(10_001)}), 400),
    "deep.docx": (lambda: archive(word__document=b"<a>" * 3_000_000), 400),
    "lies.png": (lambda: b"PK\x03\x04", 400),
}


def test_bombs_that_are_uploaded_at_once_delay_no_answer(
    server_url: str, database: Database, cast: Cast, read: Read
) -> None:
    files = {name: make() for name, (make, _) in FILES.items()}
    where = database.conversation(cast.olive, cast.max)
    readers = [read(person, where) for person in (cast.olive, cast.max)]
    answer = readers[0].send("Go on /tokens 300 /rate 60")["reply"]
    session = BrowserSession(server_url).sign_in(cast.olive)
    token = csrf_token(session.http.get(f"{server_url}/account", timeout=20).text)

    def upload(name: str) -> tuple[int, str]:
        response = session.http.post(
            f"{server_url}/conversations/{where}/files",
            data={"csrf_token": token},
            files={"file": (name, files[name])},
            headers={"Accept": "application/json"},
            timeout=UPLOAD_SECONDS,
        )
        return response.status_code, response.json().get("message", "")

    with ThreadPoolExecutor(len(FILES)) as pool:
        found = dict(zip(FILES, pool.map(upload, FILES), strict=True))
    assert {name: status for name, (status, _) in found.items()} == {
        name: status for name, (_, status) in FILES.items()
    }
    assert all(name in sentence for name, (status, sentence) in found.items() if status == 400)
    agreed(readers, answer, database, UPLOAD_SECONDS)
    session.close()
