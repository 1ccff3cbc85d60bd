"""Static files: versioned addresses, bundles, compression and caching."""

from __future__ import annotations

import gzip
import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from subprocess import PIPE

import pytest
from flask import Flask, url_for
from flask.testing import FlaskClient

from app import static_files
from app.static_files import FOLDER, current_version
from tests.support.cast import PASSWORD, Cast

ROOT = Path(__file__).parents[1]
GZIP = {"Accept-Encoding": "gzip, deflate"}
BROTLI = {"Accept-Encoding": "gzip, deflate, br"}
FILES = [
    *("page.js", "conversation.js", "list.js", "account.js", "style.css", "icon.svg"),
    "icon-192.png",
]
UNPACK = """process.stdin.toArray().then((parts) =>
  process.stdout.write(require("zlib").brotliDecompressSync(Buffer.concat(parts))))"""


@pytest.fixture
def read_again() -> Iterator[None]:
    """Clear the cache of files before and after the test."""
    _forget()
    yield
    _forget()


def _forget() -> None:
    static_files._files.cache_clear()
    current_version.cache_clear()


@pytest.mark.usefixtures("read_again")
def test_an_address_changes_when_a_file_changes(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = _address(app, "page.js")
    assert _address(app, "page.js") == before
    monkeypatch.delitem(static_files._files(), "style.css")
    current_version.cache_clear()
    assert _address(app, "page.js") != before


@pytest.mark.parametrize("name", FILES)
def test_a_file_at_its_versioned_address_is_immutable(
    app: Flask, client: FlaskClient, name: str
) -> None:
    answer = client.get(_address(app, name))
    assert answer.data == (FOLDER / name).read_bytes()
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize("path", ["/static/page.js", "/static/v-0123456789abcdef/page.js"])
def test_a_file_at_any_other_address_is_revalidated(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert answer.data == (FOLDER / "page.js").read_bytes()
    assert answer.headers["Cache-Control"] == "no-cache"


def test_a_browser_that_accepts_gzip_receives_gzip(app: Flask, client: FlaskClient) -> None:
    address = _address(app, "conversation.js")
    small, large = client.get(address, headers=GZIP), client.get(address)
    assert small.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in large.headers
    assert gzip.decompress(small.data) == large.data
    assert len(small.data) < len(large.data) / 2
    assert small.headers["Vary"] == large.headers["Vary"] == "Accept-Encoding"
    assert small.mimetype == large.mimetype == "text/javascript"


def test_a_browser_that_accepts_brotli_receives_brotli(app: Flask, client: FlaskClient) -> None:
    address = _address(app, "conversation.js")
    small, large = client.get(address, headers=BROTLI), client.get(address)
    assert small.headers["Content-Encoding"] == "br"
    unpack = [ROOT / "bin/with-node", "node", "-e", UNPACK]
    unpacked = subprocess.run(unpack, input=small.data, stdout=PIPE, check=True).stdout
    assert unpacked == large.data
    assert len(small.data) < len(gzip.compress(large.data, 9))
    assert small.headers["Vary"] == "Accept-Encoding"


def test_source_maps_contain_the_sources(client: FlaskClient) -> None:
    code = client.get("/static/conversation.js").text
    assert code.endswith("//# sourceMappingURL=conversation.js.map\n")
    answer = client.get("/static/conversation.js.map", headers=GZIP)
    assert answer.mimetype == "application/json"
    sources = json.loads(gzip.decompress(answer.data))
    rule = next(name for name in sources["sources"] if name.endswith("javascript/src/rule.js"))
    content = sources["sourcesContent"][sources["sources"].index(rule)]
    assert content == (ROOT / "clients/javascript/src/rule.js").read_text()


@pytest.mark.usefixtures("read_again")
def test_no_file_is_read_for_a_request(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    static_files.prepare()
    monkeypatch.setattr(Path, "read_bytes", None)
    for name in FILES:
        assert client.get(_address(app, name), headers=GZIP).status_code == 200


@pytest.mark.usefixtures("read_again")
def test_without_the_bundle_the_server_does_not_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(static_files, "FOLDER", tmp_path / "none")
    with pytest.raises(SystemExit, match=r"^midstream: the scripts and styles are missing"):
        static_files.prepare()


@pytest.mark.parametrize(
    "name", ["none.js", ".sources", "page.js.br", "../mail.py", "js/page.js", "../../mail.py"]
)
def test_no_other_file_is_served(client: FlaskClient, name: str) -> None:
    for headers in (GZIP, {}):
        assert client.get(f"/static/{name}", headers=headers).status_code == 404


def test_a_response_with_a_file_sets_no_cookie(app: Flask, client: FlaskClient, cast: Cast) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    client.post("/login", data={"email": cast.olive.email, "password": PASSWORD})
    assert "Set-Cookie" in client.get("/conversations").headers, "precondition: Olive is signed in"
    answer = client.get(_address(app, "style.css"), headers=GZIP)
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Vary"] == "Accept-Encoding"


def _address(app: Flask, name: str) -> str:
    with app.test_request_context():
        return url_for("static", filename=name)


def test_a_growing_answer_makes_nothing_be_looked_at_again_everywhere() -> None:
    """With such an argument of :has() Chromium asks for each element that is added to the page."""
    css = "".join(each.read_text() for each in (ROOT / "app/static/css").glob("*.css"))
    has = re.findall(r":has\(((?:[^()]|\((?:[^()]|\([^()]*\))*\))*)\)", css)
    assert len(has) > 20
    assert [each for each in has if re.search(r":not\(|:dir\(|\*", each)] == []
    assert "\n::highlight(" not in css, "matched for each element"
