"""The vectors as files, for readers in any language."""

from __future__ import annotations

import json
from itertools import chain
from pathlib import Path

from tests.vectors import (
    conversation,
    early,
    endings,
    lists,
    optional_keys,
    random_walks,
    rule,
    texts,
    versions,
)

FOLDER = Path(__file__).parents[2] / "clients" / "vectors"
MODULES = (rule, early, endings, texts, conversation, versions, optional_keys, random_walks)


def files() -> dict[str, str]:
    """Return the contents of each file, by its name."""
    scenarios = list(chain.from_iterable(module.scenarios() for module in MODULES))
    contents = {each.file_name: json.dumps(each.contents, indent=1) + "\n" for each in scenarios}
    assert len(contents) == len(scenarios), "two vectors have the same name"
    return contents


def write(folder: Path, contents: dict[str, str]) -> None:
    """Write vectors, and delete outdated ones."""
    folder.mkdir(exist_ok=True)
    for path in folder.glob("*.json"):
        if path.name not in contents:
            path.unlink()
    for name, text in contents.items():
        (folder / name).write_text(text)


if __name__ == "__main__":
    write(FOLDER, files())
    write(lists.FOLDER, lists.files())
