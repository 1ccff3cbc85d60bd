"""What the Dockerfile puts into an image, run as there: a tree that can't be written, by a user who
may do nothing else. There is no Docker where the tests run."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.support.server import ROOT

DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8").replace("\\\n", " ")
LAST_STAGE = DOCKERFILE.rpartition("\nFROM ")[2]
COPY = re.compile(r"^COPY (?:--from=\w+ )?(\S+) (\S+)$", re.MULTILINE)
USER = re.compile(r"^USER (\d+):(\d+)$", re.MULTILINE)
VARIABLE = re.compile(r"([A-Z_]+)=(\S+)")
HOME = "/srv/midstream"
IN_A_NAMESPACE = ["unshare", "--mount", "--propagation", "private", "sh", "-c"]
# All is mounted again, read-only, but for what the image's user may write. The interpreter of the
# tests may be in a folder of root's: hence the right to read.
SCRIPT = """\
set -e
for folder in "$DATA" "$TMP"; do mount --bind "$folder" "$folder"; done
mount -o remount,bind,ro /
cd "$TREE"
exec setpriv --reuid "$USER_ID" --regid "$USER_ID" --clear-groups --no-new-privs --pdeathsig TERM \
  --inh-caps -all,+dac_read_search --ambient-caps -all,+dac_read_search "$@"
"""


@dataclass(frozen=True)
class Container:
    """A folder with the image's tree, and folders for what may be written."""

    folder: Path

    @classmethod
    def made(cls, folder: Path) -> Container:
        """Copy what the last stage copies; what it takes from the others is there already."""
        (folder / "tree").mkdir()
        for source, target in COPY.findall(LAST_STAGE):
            here = folder / "tree" / target
            source = Path(source.removeprefix(f"{HOME}/"))
            if source == Path(".venv"):
                here.symlink_to(ROOT / source)
            elif (ROOT / source).is_dir():
                skipped = shutil.ignore_patterns("__pycache__", "bundle")
                is_bundle = source.name == "bundle"
                shutil.copytree(ROOT / source, here, ignore=None if is_bundle else skipped)
            else:
                shutil.copy(ROOT / source, here)
        for name in ("data", "tmp"):
            (folder / name).mkdir()
        own = cls(folder)
        own.give(folder / "data", folder / "tmp")
        folder.chmod(0o755)
        return own

    @property
    def user(self) -> int:
        """The number of the image's user, and of the user's group."""
        found = USER.search(LAST_STAGE)
        assert found and found[1] == found[2] != "0", "the image must have a user who is not root"
        return int(found[1])

    @property
    def env(self) -> dict[str, str]:
        """The image's variables, with the folders of this one."""
        line = re.search(r"^ENV (.*)$", LAST_STAGE, re.MULTILINE)
        assert line
        found = dict(VARIABLE.findall(line[1]))
        found["PATH"] = f"{self.folder}/tree/.venv/bin:/usr/sbin:/usr/bin:/bin"
        found["TMPDIR"] = found["HOME"] = str(self.folder / "tmp")
        found["DATABASE_URL"] = f"sqlite:///{self.folder}/data/midstream.sqlite3"
        return found

    @property
    def command(self) -> list[str]:
        """What the image runs."""
        found = re.search(r"^CMD (.*)$", LAST_STAGE, re.MULTILINE)
        assert found
        return list(json.loads(found[1]))

    @property
    def health_check(self) -> list[str]:
        """What says whether it is healthy."""
        found = re.search(r"^HEALTHCHECK .*? CMD (.*)$", LAST_STAGE, re.MULTILINE)
        assert found
        return list(json.loads(found[1]))

    def give(self, *paths: Path) -> None:
        """Make something the user's own."""
        for path in paths:
            shutil.chown(path, self.user, self.user)

    def start(self, command: list[str], log: Path, **settings: str) -> subprocess.Popen[bytes]:
        """Start a command in it."""
        places = {"TREE": "tree", "DATA": "data", "TMP": "tmp"}
        own = {name: f"{self.folder}/{each}" for name, each in places.items()}
        with log.open("ab") as output:
            return subprocess.Popen(
                [*IN_A_NAMESPACE, SCRIPT, "sh", *command],
                env=self.env | settings | own | {"USER_ID": str(self.user)},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )

    def run(self, command: list[str], log: Path, **settings: str) -> int:
        """Run a command in it to its end; return its exit code."""
        return self.start(command, log, **settings).wait(60)
