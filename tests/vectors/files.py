"""The vectors as files, for readers in any language."""

from __future__ import annotations

import json
from itertools import chain
from pathlib import Path

from tests.vectors import conversing, ending, following, texts, walking

FOLDER = Path(__file__).parents[2] / "clients" / "vectors"
CHAPTERS = (following, ending, texts, conversing, walking)


def files() -> dict[str, str]:
    """Return what each file should say, by its name."""
    tales = list(chain.from_iterable(chapter.tales() for chapter in CHAPTERS))
    said = {tale.file_name: json.dumps(tale.contents, indent=1) + "\n" for tale in tales}
    assert len(said) == len(tales), "two vectors have one name"
    return said


def write() -> None:
    """Bring the folder up to date."""
    said = files()
    FOLDER.mkdir(exist_ok=True)
    for path in FOLDER.glob("*.json"):
        if path.name not in said:
            path.unlink()
    for name, text in said.items():
        (FOLDER / name).write_text(text)


if __name__ == "__main__":
    write()
