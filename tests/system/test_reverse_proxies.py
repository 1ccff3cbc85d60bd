"""Behind nginx and HAProxy with the files in deploy/, on another port than the usual one."""

from __future__ import annotations

import http.client
import re
import ssl
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

from tests.support.agreement import agreed
from tests.support.cast import PASSWORD, Cast
from tests.support.database import Database
from tests.support.descriptions import wait_for_descriptions
from tests.support.http_session import csrf_token
from tests.support.reverse_proxies import PREFIX, PROXIES, ReverseProxy, reload
from tests.support.server import Server
from tests.support.waiting import eventually
from tests.system.conftest import Read
from tests.system.test_raw_packets import PollingReader

pytestmark = [pytest.mark.system, pytest.mark.nginx, pytest.mark.haproxy, pytest.mark.redis]

ENGINE = "/socket.io/?EIO=4&transport=polling"
MOST_BYTES = 101 * 1024 * 1024  # of a request: more than an import has
QUESTION = "/think 20 /tokens 60 /rate 60"
LASTING = "/tokens 100000 /rate 20"


@pytest.fixture(scope="module")
def settings(redis_url: str) -> dict[str, str]:
    return {"MIDSTREAM_ENV": "production", "TRUSTED_PROXIES": "1", "REDIS_URL": redis_url}


@pytest.fixture(scope="module")
def other(server: Server, folder: Path) -> Iterator[Server]:
    """Another process on the same database."""
    with Server(server.database_url, folder / "other.log", **server.settings) as other:
        yield other


@pytest.fixture(scope="module", params=PROXIES)
def proxy(request: pytest.FixtureRequest) -> ReverseProxy:
    return PROXIES[request.param]


@pytest.fixture(scope="module")
def tls_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tls")


@pytest.fixture(scope="module")
def url(proxy: ReverseProxy, server: Server, tls_folder: Path) -> Iterator[str]:
    """The address of a proxy that terminates TLS: in production nobody can sign in without."""
    folder = tls_folder / proxy.__name__
    folder.mkdir()
    with proxy(server.url, folder, tls=True) as url:
        yield url


@pytest.fixture
def session(url: str, proxy: ReverseProxy, tls_folder: Path) -> Iterator[requests.Session]:
    """An HTTP session that accepts the proxy's certificate."""
    with requests.Session() as session:
        session.trust_env = False  # it may name other certificates
        session.verify = str(tls_folder / proxy.__name__ / "cert.pem")
        yield session


def test_redirects_stay_on_the_port(url: str, session: requests.Session) -> None:
    assert session.get(f"{url}/account", timeout=20).url == f"{url}/login?next=/account"


def test_the_browsers_own_origin_may_connect_and_no_other(
    url: str, session: requests.Session
) -> None:
    def connect(origin: str) -> int:
        return session.get(url + ENGINE, headers={"Origin": origin}, timeout=20).status_code

    assert connect(url) == 200
    for foreign in (url.rpartition(":")[0], f"{url}0", url.replace("127.0.0.1", "localhost")):
        assert connect(foreign) == 400, foreign


def test_one_can_sign_in_and_out(url: str, cast: Cast, session: requests.Session) -> None:
    session.headers["Origin"] = url
    token = csrf_token(session.get(f"{url}/login", timeout=20).text)
    fields = {"email": cast.olive.email, "password": PASSWORD, "csrf_token": token}

    page = session.post(f"{url}/login?next=/account", data=fields, timeout=20)
    assert page.url == f"{url}/account"
    tokens = session.get(f"{url}/account/tokens", timeout=20)
    assert f"url: &#34;{url}&#34;" in tokens.text, "programs must be told this address"
    assert {"__Host-midstream"} <= {cookie.name for cookie in session.cookies}

    session.headers["Origin"] = url.rpartition(":")[0]
    assert session.post(f"{url}/logout", data=fields, timeout=20).status_code == 400
    session.headers["Origin"] = url
    fields = {"csrf_token": csrf_token(page.text)}
    page = session.post(f"{url}/logout", data=fields, timeout=20)
    assert page.url == f"{url}/login"


@pytest.mark.parametrize("prefix", ["/evil", "//evil.example"])
def test_a_client_can_not_say_what_the_proxy_says(
    url: str, session: requests.Session, prefix: str
) -> None:
    forged = {
        "X-Forwarded-Prefix": prefix,
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "http",
    }
    page = session.get(f"{url}/login", headers=forged, timeout=20)
    assert page.ok
    assert "evil" not in page.text + str(page.headers)
    assert "Strict-Transport-Security" in page.headers, "it knows that this is HTTPS"


def test_the_size_of_a_request_has_a_limit(url: str, tls_folder: Path, proxy: ReverseProxy) -> None:
    context = ssl.create_default_context(cafile=str(tls_folder / proxy.__name__ / "cert.pem"))

    def status(size: int) -> int | None:
        """Return what is answered to a request's head alone; None where the body is waited for."""
        where = urlsplit(url).netloc
        with closing(http.client.HTTPSConnection(where, timeout=20, context=context)) as connection:
            connection.putrequest("POST", "/account/data")
            connection.putheader("Content-Length", str(size))
            connection.endheaders()
            assert connection.sock is not None
            connection.sock.settimeout(20 if size > MOST_BYTES else 0.3)
            try:
                return connection.getresponse().status
            except TimeoutError:
                return None

    assert status(MOST_BYTES) != 413
    assert status(MOST_BYTES + 1) == 413


@pytest.mark.async_mode
def test_below_a_path_everything_stays_there(
    server: Server, proxy: ReverseProxy, tmp_path: Path
) -> None:
    with proxy(server.url, tmp_path, below_a_path=True) as url:
        root = url.removesuffix(PREFIX)
        page = requests.get(f"{url}/account", timeout=20)
        assert page.url == f"{url}/login?next={PREFIX}/account"
        assert re.findall(r'(?:href|src|action)="(/(?!chat/)[^"]*)"', page.text) == []
        assert requests.get(root + PREFIX, timeout=20).url.startswith(f"{url}/")
        assert requests.get(f"{root}/login", timeout=20).status_code == 404


@pytest.mark.async_mode
def test_readers_by_websocket_and_by_polling_receive_an_answer(
    server: Server,
    other: Server,
    proxy: ReverseProxy,
    cast: Cast,
    database: Database,
    read: Read,
    tmp_path: Path,
) -> None:
    """A session that polls must reach its own of the two processes with each request."""
    where = database.conversation(cast.olive, cast.max)
    with proxy([server.url, other.url], tmp_path) as url:
        olive = read(cast.olive, where, url)
        polling = [
            PollingReader(url, cast.max.token, transports)
            for transports in (["polling"], ["polling", "websocket"])
            for _ in range(3)
        ]
        for reader in polling:
            reader.read(where)
        reply = olive.send(QUESTION)["reply"]
        late = read(cast.olive, where, url)
        assert agreed([olive, late], reply, database).status == "complete"
        stored = database.message(reply).content
        for reader in polling:
            eventually(lambda reader=reader: reader.shows(reply, stored))
            reader.client.disconnect()


@pytest.mark.parametrize("name", PROXIES)
def test_a_reload_cuts_nobody_off(
    name: str, server: Server, database: Database, cast: Cast, read: Read, tmp_path: Path
) -> None:
    """Whoever reads goes on by the processes of before, until these must end; who comes is served
    by the new ones."""
    conversation = database.conversation(cast.olive, cast.max)
    with PROXIES[name](server.url, tmp_path) as url:
        early = read(cast.olive, conversation, url)
        wait_for_descriptions(database, cast, early)
        reply = early.send(LASTING)["reply"]
        eventually(lambda: early.shows(reply, "streaming"))
        reload(name, tmp_path)
        late = read(cast.max, conversation, url)
        held = early.message(reply).seq
        eventually(lambda: early.message(reply).seq > held and late.shows(reply, "streaming"))
        assert len(early.acks) == 1, "it was not cut off, and has not joined again"
        assert early.ask("stop", {"id": reply})["ok"]
        assert agreed([early, late], reply, database).status == "stopped"
        assert early.disconnect_reasons == []
