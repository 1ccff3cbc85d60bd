"""Files have addresses that change with them, and are compressed before anybody asks."""

from __future__ import annotations

import gzip
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from posixpath import normpath
from subprocess import PIPE

import pytest
from flask import Flask, url_for
from flask.testing import FlaskClient

from app import static_files
from app.static_files import FOLDER, current_version, modules
from tests.support.cast import PASSWORD, Cast

ROOT = Path(__file__).parents[1]
GZIP = {"Accept-Encoding": "gzip, deflate"}
BROTLI = {"Accept-Encoding": "gzip, deflate, br"}
UNPACK = """process.stdin.toArray().then((parts) =>
  process.stdout.write(require("zlib").brotliDecompressSync(Buffer.concat(parts))))"""


@pytest.fixture
def nothing_prepared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What the set-up has compressed is of other texts."""
    monkeypatch.setattr(static_files, "BROTLI", tmp_path)
    static_files._compressed.cache_clear()
    yield
    static_files._compressed.cache_clear()


def test_an_address_changes_with_the_files(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    before = _address(app, "js/times.js")
    assert _address(app, "js/times.js") == before
    files = static_files._files()
    monkeypatch.setattr(static_files, "_files", lambda: files[1:])
    current_version.cache_clear()
    try:
        assert _address(app, "js/times.js") != before
    finally:
        current_version.cache_clear()


def test_under_its_address_a_file_is_kept_for_good(app: Flask, client: FlaskClient) -> None:
    for name in ("js/times.js", "css/base.css", "icon.svg", "vendor/socket.io.js"):
        with client.get(_address(app, name)) as answer:
            assert answer.data == (FOLDER / name).read_bytes()
            assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize("path", ["/static/js/times.js", "/static/v-0123456789abcdef/js/times.js"])
def test_under_any_other_address_it_is_asked_for_again(client: FlaskClient, path: str) -> None:
    with client.get(path) as answer:
        assert answer.data == (FOLDER / "js/times.js").read_bytes()
        assert answer.headers["Cache-Control"] == "no-cache"


def test_whoever_can_read_gzip_gets_it(app: Flask, client: FlaskClient) -> None:
    address = _address(app, "vendor/markdown-it.js")
    with client.get(address, headers=GZIP) as small, client.get(address) as large:
        assert small.headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(small.data) == large.data
        assert len(small.data) < len(large.data) / 2
        assert small.headers["Vary"] == large.headers["Vary"] == "Accept-Encoding"
        assert small.mimetype == large.mimetype == "text/javascript"


def test_whoever_can_read_brotli_gets_it(app: Flask, client: FlaskClient) -> None:
    address = _address(app, "vendor/markdown-it.js")
    with client.get(address, headers=BROTLI) as small, client.get(address) as large:
        assert small.headers["Content-Encoding"] == "br"
        unpack = [ROOT / "bin/with-node", "node", "-e", UNPACK]
        assert (
            subprocess.run(unpack, input=small.data, stdout=PIPE, check=True).stdout == large.data
        )
        assert len(small.data) < len(gzip.compress(large.data, 9))
        assert small.headers["Vary"] == "Accept-Encoding"


@pytest.mark.usefixtures("nothing_prepared")
def test_a_text_that_has_changed_since_goes_with_gzip(app: Flask, client: FlaskClient) -> None:
    text = (FOLDER / "css/base.css").read_bytes()
    with client.get(_address(app, "css/base.css"), headers=BROTLI) as answer:
        assert answer.headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(answer.data) == text
    with client.get(_address(app, "css/base.css"), headers={"Accept-Encoding": "br"}) as answer:
        assert "Content-Encoding" not in answer.headers
        assert answer.data == text


def test_nothing_is_compressed_for_a_request(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    static_files._compressed.cache_clear()
    static_files.prepare()
    monkeypatch.setattr(gzip, "compress", None)
    for path in FOLDER.glob("css/*.css"):
        assert client.get(_address(app, f"css/{path.name}"), headers=GZIP).status_code == 200


@pytest.mark.parametrize("name", ["js/none.js", "../config.py", "js/../../config.py", "none.png"])
def test_there_is_nothing_else(client: FlaskClient, name: str) -> None:
    for headers in (GZIP, {}):
        assert client.get(f"/static/{name}", headers=headers).status_code == 404


def test_a_page_knows_all_the_modules_that_it_loads() -> None:
    loaded = modules("js/conversation.js")
    assert loaded[0] == "js/conversation.js"
    assert len(loaded) == len(set(loaded))
    assert {"js/open-blocks.js", "vendor/markdown-it.js", "vendor/socket.io.js"} <= set(loaded)
    for name in loaded:
        imports = re.findall(r'^import .*"(\..*)";$', (FOLDER / name).read_text(), re.MULTILINE)
        assert {normpath(f"{name}/../{each}") for each in imports} <= set(loaded)


def test_no_cookie_goes_out_with_a_file(app: Flask, client: FlaskClient, cast: Cast) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    client.post("/login", data={"email": cast.olive.email, "password": PASSWORD})
    assert "Set-Cookie" in client.get("/conversations").headers, "she must be signed in"
    answer = client.get(_address(app, "css/base.css"), headers=GZIP)
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Vary"] == "Accept-Encoding"


def _address(app: Flask, name: str) -> str:
    with app.test_request_context():
        return url_for("static", filename=name)
