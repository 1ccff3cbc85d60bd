"""Commands of docs/deployment.md, run as they stand there, with other folders and another user."""

from __future__ import annotations

import getpass
import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.support.cast import create_cast
from tests.support.database import Database
from tests.support.server import ROOT, environment

DEPLOYMENT = (ROOT / "docs" / "deployment.md").read_text("utf-8")
COMMANDS = re.compile(r"^```sh\n(flask\(\) \(\n.*?)^```", re.MULTILINE | re.DOTALL)
PRINT = '-c \'import os; print(os.environ["HOME"], os.environ["MONTHLY_LIMIT"])\''

pytestmark = [
    pytest.mark.system,
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can choose the user of a command"),
]


def test_commands_run_as_the_server_with_its_settings(database_url: str, tmp_path: Path) -> None:
    database = Database.at(database_url)
    with database.app.app_context():
        create_cast()
    example = (ROOT / "deploy" / "midstream.env.example").read_text("utf-8")
    env = tmp_path / "midstream.env"
    env.write_text(
        f'{example}\nSECRET_KEY={"k" * 32}\nKEYS_SECRET=\nMODELS=demo\nMONTHLY_LIMIT="20 dollars"\n'
    )
    (commands,) = COMMANDS.findall(DEPLOYMENT)
    changes = (
        ("/srv/midstream", str(ROOT)),
        ("/etc/midstream.env", str(env)),
        ("/var/lib/midstream", str(tmp_path)),
        ("--reuid midstream --regid midstream", f"--reuid {getpass.getuser()} --regid root"),
    )
    for old, new in changes:
        assert commands.count(old) == 1, old
        commands = commands.replace(old, new)
    ran = shell(f"{commands}\necho $HOME", database_url)
    assert (ran.returncode, ran.stderr) == (0, "")
    *people, home = ran.stdout.splitlines()
    assert "olive@example.org\tOlive\tuser\tnever seen" in people
    assert home == "/elsewhere"
    # libpq looks into HOME for certificates, and does not connect where it may not look
    ran = shell(commands.replace('-m flask "$@"', PRINT), database_url)
    assert ran.stdout == f"{tmp_path} 20 dollars\n"


def shell(commands: str, database_url: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", "-e", "-c", commands],
        env={**environment(database_url), "HOME": "/elsewhere"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_haproxy_serves_without_any_rights() -> None:
    text = (ROOT / "deploy" / "haproxy" / "haproxy.cfg").read_text("utf-8")
    rules = text.partition("\ndefaults\n")[0].splitlines()
    assert {"    user haproxy", "    group haproxy", "    chroot /var/lib/haproxy"} <= set(rules)
