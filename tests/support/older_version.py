"""The last version of Midstream before the newest migration, out of git.

Not the newest release: this one is always near, so it runs with the packages that are installed,
and it is what each new migration has to leave working. As soon as there is another migration, the
test that uses it is about that one.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.support.server import ROOT, Server

# From this commit on versions run beside each other.
FIRST = "b9b630283fc4a9bad383b47c331f1105e1a5bff0"
MIGRATIONS = "migrations/versions"
PARTS = ("app", "migrations", "wsgi.py")  # that a server needs
BUNDLE = Path("app/static/bundle")  # made at set-up


class OlderVersion:
    """Its files, in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        archive = _git_bytes("archive", older_commit(), *PARTS)
        subprocess.run(["tar", "-x", "-C", folder], input=archive, check=True)
        (folder / BUNDLE).symlink_to(ROOT / BUNDLE)

    def run(self, *arguments: str, env: dict[str, str], stdin: str | None = None) -> str:
        """Run `python` with these arguments in it; return what it printed."""
        ran = subprocess.run(
            [sys.executable, *arguments],
            cwd=self.folder,
            env=_own(env),
            input=stdin,
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )
        assert ran.returncode == 0, ran.stderr
        return ran.stdout.strip()

    def server(self, database_url: str, log: Path, **settings: str) -> Server:
        """Return a server of this version."""
        return _OlderServer(self, database_url, log, **settings)


class _OlderServer(Server):
    def __init__(
        self, version: OlderVersion, database_url: str, log: Path, **settings: str
    ) -> None:
        super().__init__(database_url, log, **settings)
        self._version = version

    def _process(self, env: dict[str, str]) -> subprocess.Popen[bytes]:
        command = [sys.executable, "wsgi.py"]
        with self.log.open("ab") as log:
            return subprocess.Popen(
                command, cwd=self._version.folder, env=_own(env), stdout=log, stderr=log
            )


def older_commit() -> str:
    """Return the last commit of the main line of history whose database today's migrations would
    take on: it has the first of them, and lacks those after these. None before FIRST."""
    now = _migrations("HEAD")
    for commit in _git("rev-list", "--first-parent", f"{FIRST}..HEAD", "--", MIGRATIONS):
        before = _migrations(f"{commit}^1")
        is_later = FIRST in _git("merge-base", FIRST, f"{commit}^1")
        if is_later and before != now and before == now[: len(before)]:
            return f"{commit}^1"
    return FIRST


def _migrations(commit: str) -> list[str]:
    return sorted(_git("ls-tree", "--name-only", commit, f"{MIGRATIONS}/"))


def _git(*arguments: str) -> list[str]:
    return _git_bytes(*arguments).decode().splitlines()


def _git_bytes(*arguments: str) -> bytes:
    return subprocess.run(["git", *arguments], cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout


def _own(env: dict[str, str]) -> dict[str, str]:
    """Return the environment without what would measure the coverage of other files."""
    names = ("COVERAGE_PROCESS_CONFIG", "COVERAGE_PROCESS_START", "PYTHONPATH")
    return {name: value for name, value in (os.environ | env).items() if name not in names}
