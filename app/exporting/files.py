"""The files of an export: what was sent with messages, beside the conversations in the archive.

Each is there once, under its id and its name, up to a bound for all of them. `files/manifest.json`
lists them with their hashes, and what was left out, and why.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from itertools import chain
from typing import Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from sqlalchemy import select

from app.database import read
from app.errors import DomainError, NotFound
from app.extensions import db
from app.files.storing import pieces_of
from app.models import File, FileContent
from app.models.columns import now

FOLDER = "files/"
MANIFEST = FOLDER + "manifest.json"
MAX_BYTES = 500_000_000
MAX_FILES = 10_000
FORMAT = 1
GONE = "It is not there any more."
NO_ROOM = "There is no room for it: the files of an export have 500 MB at most."
NOT_IN_A_NAME = re.compile(r'[\x00-\x1f\x7f-\x9f<>:"/\\|?*\u2028\u2029\ud800-\udfff]+')

Described = dict[str, Any]


class ArchivedFiles:
    """Adds the files of conversations to an archive; `go_on` is called between their pieces."""

    def __init__(self, archive: ZipFile, go_on: Callable[[], None]) -> None:
        self._archive = archive
        self._go_on = go_on
        self._left = MAX_BYTES
        self._waiting: dict[str, Described] = {}
        self._seen: set[str] = set()
        self.added: list[Described] = []
        self.left_out: list[Described] = []

    def placed(self, described: Sequence[Described]) -> list[Described]:
        """Return what is said of files, with the `path` of each; they are added by `add`."""
        return [self._placed(each) for each in described]

    def add(self) -> None:
        """Add the files that were placed and are not in the archive yet."""
        waiting, self._waiting = self._waiting, {}
        for file in waiting.values():
            self._seen.add(file["id"])
            if file["size"] > self._left or len(self.added) >= MAX_FILES:
                self.left_out.append({**file, "why": NO_ROOM})
                continue
            try:
                self.added.append({**file, "sha256": self._write(file)})
            except DomainError as error:
                self.left_out.append({**file, "why": error.sentence})

    def close(self) -> None:
        """Write the manifest, where there are any files."""
        if self._seen:
            lists = {"files": self.added, "left_out": self.left_out}
            text = json.dumps({"midstream": FORMAT, **lists}, ensure_ascii=False, indent=1)
            with self._archive.open(entry(MANIFEST, ZIP_DEFLATED), "w") as manifest:
                manifest.write(text.encode())

    def _placed(self, described: Described) -> Described:
        name = " ".join(NOT_IN_A_NAME.sub(" ", described["name"]).split()).strip(". ") or "file"
        placed = {**described, "path": f"{FOLDER}{described['id']}/{name}"}
        if described["id"] not in self._seen:
            kept = {key: placed[key] for key in ("id", "path", "name", "kind", "size")}
            self._waiting[described["id"]] = kept
        return placed

    def _write(self, file: Described) -> str:
        """Write a file's content; return its hash. Raises DomainError: there is no entry then,
        or only the beginning of one."""
        self._left -= file["size"]
        pieces, digest = _pieces(file["id"]), sha256()
        first = next(pieces, b"")
        how = ZIP_DEFLATED if file["kind"] == "text" else ZIP_STORED  # others are compressed
        with self._archive.open(entry(file["path"], how), "w", force_zip64=True) as written:
            for piece in chain([first], pieces):
                self._go_on()
                digest.update(piece)
                written.write(piece)
        return digest.hexdigest()


def entry(name: str, how: int) -> ZipInfo:
    """Return a new entry of an archive, which only its owner can read when it is unpacked."""
    info = ZipInfo(name, now().timetuple()[:6])
    info.compress_type = how
    info.external_attr = 0o600 << 16
    return info


def _pieces(public_id: str) -> Iterator[bytes]:
    """Yield the content of a file. Raises DomainError."""
    return pieces_of(read(lambda: FileContent.find(_content_of(public_id))))


def _content_of(public_id: str) -> int:
    found = db.session.scalar(select(File.content_id).where(File.public_id == public_id))
    if found is None:
        raise NotFound(GONE)
    return found
