"""The settings about files that are sent with messages."""

from __future__ import annotations

from typing import NamedTuple

from app.config.variables import Env, number

MEGABYTE = 1_000_000


class FileSettings(NamedTuple):
    """How large a file may be, how many a message may have, and how many million pixels a picture.

    Without files `per_message` is 0.
    """

    megabytes: int = 20
    per_message: int = 10
    megapixels: int = 50

    @classmethod
    def from_env(cls, env: Env) -> FileSettings:
        """Return what `FILE_MEGABYTES`, `FILES_PER_MESSAGE` and `FILE_MEGAPIXELS` say."""
        default = cls()
        return cls(
            int(number(env, "FILE_MEGABYTES", default.megabytes, least=1, most=50)),
            int(number(env, "FILES_PER_MESSAGE", default.per_message, least=0, most=20)),
            int(number(env, "FILE_MEGAPIXELS", default.megapixels, least=1, most=100)),
        )

    @property
    def bytes(self) -> int:
        """Return how large a file may be."""
        return self.megabytes * MEGABYTE

    @property
    def form_bytes(self) -> int:
        """Return how large a form with files may be: one of the largest, or several others."""
        return 2 * self.bytes + MEGABYTE
