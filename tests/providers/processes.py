"""The processes of local models, as /proc lists them."""

from __future__ import annotations

from pathlib import Path


def servers_of(parent: int) -> list[int]:
    """Return the ids of the running local servers that `parent` started."""
    return [int(path.name) for path in Path("/proc").glob("[0-9]*") if _is_server(path, parent)]


def _is_server(process: Path, parent: int) -> bool:
    try:
        command, stat = (process / "cmdline").read_bytes(), (process / "stat").read_text()
    except OSError:
        return False
    state, its_parent = stat.rpartition(")")[2].split()[:2]
    return b"local_server.py" in command and state != "Z" and int(its_parent) == parent


def is_gone(process: int) -> bool:
    """Return whether a process has ended, including zombies."""
    stat = Path(f"/proc/{process}/stat")
    return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] == "Z"
