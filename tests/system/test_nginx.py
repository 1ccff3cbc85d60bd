"""Behind nginx with the documentation's block, on another port than the usual one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.support.agreement import agreed
from tests.support.cast import PASSWORD, Cast
from tests.support.database import Database
from tests.support.http_session import csrf_token
from tests.support.nginx import nginx_server
from tests.support.server import Server
from tests.system.conftest import Read

pytestmark = [pytest.mark.system, pytest.mark.nginx]

ENGINE = "/socket.io/?EIO=4&transport=polling"


@pytest.fixture(scope="module")
def settings() -> dict[str, str]:
    return {"MIDSTREAM_ENV": "production", "TRUSTED_PROXIES": "1"}


@pytest.fixture(params=[False, True], ids=["plain", "tls"])
def url(request: pytest.FixtureRequest, server: Server, tmp_path: Path) -> Iterator[str]:
    """The address of nginx."""
    with nginx_server(server.url, tmp_path, tls=request.param) as url:
        yield url


@pytest.fixture
def http(tmp_path: Path) -> Iterator[requests.Session]:
    """A session that accepts nginx's certificate."""
    with requests.Session() as http:
        http.trust_env = False  # it may name other certificates
        http.verify = str(tmp_path / "cert.pem")
        yield http


@pytest.fixture
def tls_url(server: Server, tmp_path: Path) -> Iterator[str]:
    """The address of an nginx that terminates TLS: in production nobody can sign in without."""
    with nginx_server(server.url, tmp_path, tls=True) as url:
        yield url


def test_redirects_stay_on_the_port(url: str, http: requests.Session) -> None:
    assert http.get(f"{url}/account", timeout=20).url == f"{url}/login?next=/account"


def test_the_browsers_own_origin_may_connect_and_no_other(url: str, http: requests.Session) -> None:
    def connect(origin: str) -> int:
        return http.get(url + ENGINE, headers={"Origin": origin}, timeout=20).status_code

    assert connect(url) == 200
    for foreign in (url.rpartition(":")[0], f"{url}0", url.replace("127.0.0.1", "localhost")):
        assert connect(foreign) == 400, foreign


def test_one_can_sign_in_and_out(tls_url: str, cast: Cast, http: requests.Session) -> None:
    http.headers["Origin"] = tls_url
    token = csrf_token(http.get(f"{tls_url}/login", timeout=20).text)
    fields = {"email": cast.olive.email, "password": PASSWORD, "csrf_token": token}

    page = http.post(f"{tls_url}/login?next=/account", data=fields, timeout=20)
    assert page.url == f"{tls_url}/account"
    tokens = http.get(f"{tls_url}/account/tokens", timeout=20)
    assert f"url: &#34;{tls_url}&#34;" in tokens.text, "programs must be told this address"
    assert {"__Host-midstream"} < {cookie.name for cookie in http.cookies}

    http.headers["Origin"] = tls_url.rpartition(":")[0]
    assert http.post(f"{tls_url}/logout", data=fields, timeout=20).status_code == 400
    http.headers["Origin"] = tls_url
    page = http.post(f"{tls_url}/logout", data={"csrf_token": csrf_token(page.text)}, timeout=20)
    assert page.url == f"{tls_url}/login"


@pytest.mark.parametrize("prefix", ["/evil", "//evil.example"])
def test_a_client_can_not_say_what_the_proxy_says(
    url: str, http: requests.Session, prefix: str
) -> None:
    forged = {"X-Forwarded-Prefix": prefix, "X-Forwarded-Host": "evil.example"}
    page = http.get(f"{url}/login", headers=forged, timeout=20)
    assert page.ok
    assert "evil" not in page.text + str(page.headers)


@pytest.mark.async_mode
def test_an_answer_streams(
    server: Server, cast: Cast, database: Database, read: Read, tmp_path: Path
) -> None:
    where = database.conversation(cast.olive)
    with nginx_server(server.url, tmp_path) as url:
        olive = read(cast.olive, where, url)
        reply = olive.send("/tokens 60 /rate 60")["reply"]
        late = read(cast.olive, where, url)
        assert agreed([olive, late], reply, database).status == "complete"
