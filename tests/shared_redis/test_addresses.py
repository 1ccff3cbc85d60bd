"""Each form of REDIS_URL, with a real Redis: events and keys go through it, with time limits."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from app.config import RedisSettings
from app.presence.exchange import Exchange
from app.shared_redis import SharedRedis
from app.shared_redis.health import REDIS_ERRORS, reason_of
from tests.support.services import RedisProcess, free_port
from tests.support.waiting import eventually
from tests.transport.processes import Process, ended

__all__ = ["ended"]

pytestmark = pytest.mark.redis

USER = "--user midstream on >sesame ~midstream:* &midstream:* +@all -@admin -@dangerous +info"
SETTINGS = RedisSettings("midstream:tests")


def shared(url: str, ca_file: str | None = None) -> SharedRedis:
    return SharedRedis(url, SETTINGS._replace(ca_file=ca_file))


def works(url: str, ca_file: str | None = None) -> None:
    """Assert that events and keys of one process reach another one."""
    pair = [Process(url, SETTINGS.prefix or "", ca_file).enter() for _ in range(2)]
    pair[0].emit(1)
    eventually(lambda: pair[1].has(1))
    exchanges = [Exchange(shared(url, ca_file)) for _ in range(2)]
    exchanges[0].swap({"c1": {"olive": 1}})
    assert exchanges[1].swap({}) == [{"c1": {"olive": 1}}]
    for exchange in exchanges:
        exchange.withdraw()


def reason(url: str, ca_file: str | None = None) -> str:
    """Return why a Redis can't be used."""
    with pytest.raises(REDIS_ERRORS) as raised:
        shared(url, ca_file).client(5.0).ping()
    return reason_of(raised.value)


def test_a_password_and_a_user_with_no_more_rights_than_needed(tmp_path: Path) -> None:
    with RedisProcess(tmp_path, "--requirepass", "open", *USER.split(), password="open") as redis:
        where = f"127.0.0.1:{redis.port}/0"
        works(f"redis://:open@{where}")
        works(f"redis://midstream:sesame@{where}")
        assert reason(f"redis://midstream:wrong@{where}") == "it refuses the user or the password"
        assert reason(f"redis://{where}") == "it refuses the user or the password"
        denied = shared(f"redis://midstream:sesame@{where}").client(5.0)
        with pytest.raises(REDIS_ERRORS) as raised:
            denied.set("somebody else's", 1)
        assert reason_of(raised.value) == "it does not permit that to this user"


def test_a_socket_in_the_file_system(tmp_path: Path) -> None:
    path = tmp_path / "redis.sock"
    options = ["--unixsocket", str(path)]
    with RedisProcess(tmp_path, *options, unix_socket_path=str(path)):
        works(f"unix://{path}?db=1")
        assert reason(f"unix://{path}.gone") == "it can't be reached"


def certificate(folder: Path, name: str) -> list[Path]:
    """Make a certificate for 127.0.0.1; return it and its key."""
    files = [folder / f"{name}.{ending}" for ending in ("crt", "key")]
    words = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    about = ["-subj", f"/CN={name}", "-addext", "subjectAltName=IP:127.0.0.1"]
    out = ["-out", str(files[0]), "-keyout", str(files[1])]
    subprocess.run([*words, *about, *out], check=True, capture_output=True)
    return files


def test_tls_with_an_authority_of_ones_own(tmp_path: Path) -> None:
    cert, key = certificate(tmp_path, "redis")
    other, _ = certificate(tmp_path, "other")
    port = str(free_port())
    tls = ["--port", "0", "--tls-port", port, "--tls-auth-clients", "no"]
    files = ["--tls-cert-file", str(cert), "--tls-key-file", str(key)]
    client = {"port": int(port), "ssl": True, "ssl_ca_certs": str(cert)}
    with RedisProcess(tmp_path, *tls, *files, "--tls-ca-cert-file", str(cert), **client):
        url = f"rediss://127.0.0.1:{port}/0"
        works(url, str(cert))
        works(f"{url}?ssl_ca_certs={cert}")
        for ca_file in (None, str(other)):
            assert reason(url, ca_file) == "its certificate can't be verified"


@contextmanager
def running(folder: Path, *each: tuple[list[str], str]) -> Iterator[list[RedisProcess]]:
    """Run several processes of Redis, each with its options and its program."""
    with ExitStack() as stack:
        found = []
        for number, (options, program) in enumerate(each):
            (here := folder / str(number)).mkdir()
            found.append(RedisProcess(here, *options, program=program))
            stack.enter_context(found[-1])
        yield found


CLUSTER = ["--cluster-enabled", "yes", "--cluster-node-timeout", "2000"]
SERVER = "redis-server"


def test_a_cluster_of_three(tmp_path: Path) -> None:
    with running(tmp_path, *[(CLUSTER, SERVER)] * 3) as nodes:
        hosts = [f"127.0.0.1:{node.port}" for node in nodes]
        create = ["redis-cli", "--cluster", "create", *hosts, "--cluster-yes"]
        subprocess.run(create, check=True, capture_output=True, timeout=60)
        url = f"redis+cluster://{','.join(hosts)}"
        eventually(lambda: is_complete(nodes))
        works(url)
        nodes[2].kill()
        client = shared(f"redis+cluster://{hosts[2]}").client
        with pytest.raises(REDIS_ERRORS) as raised:
            client(1.0)
        assert reason_of(raised.value) == "none of the cluster's nodes answers for all of it"


def is_complete(nodes: list[RedisProcess]) -> bool:
    infos = [node.client().cluster("info") for node in nodes]
    return all(info["cluster_state"] == "ok" for info in infos)
