"""The files beside the conversations in a zip file, that messages name.

A name in a zip file is no path here: it is compared, and nothing is written under it. What an entry
unpacks to is counted while it is read.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping
from zipfile import BadZipFile, ZipFile, ZipInfo

from app.importing.parsed import Attached

MAX_BYTES = 500_000_000  # of all these files together, unpacked
MAX_FILES = 5_000
FOLDER = "files/"  # of our own exports
MANIFEST = FOLDER + "manifest.json"
# How the names of files begin in ChatGPT's exports: with what its messages call them.
NAMED = re.compile(r"(?:.*/)?(file[-_][0-9A-Za-z]+)[^/]*", re.DOTALL)
DAMAGED = (BadZipFile, NotImplementedError, RuntimeError, zlib.error, EOFError, ValueError)


class Beside:
    """The files of one zip file; without one there are none."""

    def __init__(self, archive: ZipFile | None = None) -> None:
        self._archive = archive
        self._by_path = {info.filename: info for info in archive.infolist()} if archive else {}
        self._by_id: Mapping[str, ZipInfo] | None = None
        self._left_bytes = MAX_BYTES
        self._left_files = MAX_FILES

    def has(self, file: Attached) -> bool:
        """Return whether there is such a file."""
        return self._find(file) is not None

    def read(self, file: Attached, most: int) -> bytes | None:
        """Return a file's content; None where there is none, it is damaged, or it has more than
        `most` bytes, or all files together have too many."""
        info = self._find(file)
        if info is None or self._archive is None or not self._left_files:
            return None
        self._left_files -= 1
        most = min(most, self._left_bytes)
        try:
            with self._archive.open(info) as entry:
                data = entry.read(most + 1)
        except DAMAGED:
            return None
        self._left_bytes -= min(len(data), most)
        return data if len(data) <= most else None

    def _find(self, file: Attached) -> ZipInfo | None:
        if file.path:
            return self._by_path.get(file.path)
        if self._by_id is None:
            found = ((NAMED.fullmatch(name), info) for name, info in self._by_path.items())
            self._by_id = {match[1]: info for match, info in found if match}
        return self._by_id.get(file.id)
