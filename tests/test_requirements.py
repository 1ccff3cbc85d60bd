"""Every package that is installed is pinned, with hashes, and so is what it needs in turn."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from importlib.metadata import requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
LISTS = [
    "requirements",
    "requirements-dev",
    "requirements-local",
    "requirements-tracing",
    "bin/uv",
    "bin/node",
]
COMMENT = re.compile(r"(?:^|\s)#.*")
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")


def lines(name: str) -> Iterator[str]:
    """Yield the lines of a list, without comments, and joined where they are continued."""
    for line in (ROOT / name).read_text("utf-8").replace("\\\n", "").splitlines():
        if text := COMMENT.sub("", line).strip():
            yield text


def packages(name: str) -> dict[str, tuple[Requirement, list[str]]]:
    """Return the requirements of a list by name, each with its hashes."""
    found = {}
    for line in lines(name):
        if not line.startswith(("-r ", "-c ")):
            requirement = Requirement(HASH.sub("", line).strip())
            found[canonicalize_name(requirement.name)] = requirement, HASH.findall(line)
    return found


def version(requirement: Requirement) -> str:
    (pin,) = requirement.specifier
    assert pin.operator == "==" and "*" not in pin.version, f"{requirement} is not pinned"
    return pin.version


@pytest.mark.parametrize("name", LISTS)
def test_every_package_is_pinned_with_its_hashes(name: str) -> None:
    found = packages(f"{name}.txt")
    assert found
    for requirement, hashes in found.values():
        assert version(requirement)
        assert hashes, f"{requirement} has no hashes"


@pytest.mark.parametrize("name", LISTS)
def test_no_list_says_where_packages_come_from(name: str) -> None:
    for ending in ("in", "txt"):
        assert "://" not in (ROOT / f"{name}.{ending}").read_text("utf-8")


@pytest.mark.parametrize("name", LISTS)
def test_what_is_pinned_is_what_is_asked_for(name: str) -> None:
    asked, pinned = packages(f"{name}.in"), packages(f"{name}.txt")
    assert {key: version(each) for key, (each, _) in asked.items()} == {
        key: version(each) for key, (each, _) in pinned.items() if key in asked
    }, "run bin/lock"


@pytest.mark.parametrize("name", ["requirements", "requirements-dev"])
def test_what_they_need_in_turn_is_pinned_too(name: str) -> None:
    pinned = packages("requirements.txt") | packages(f"{name}.txt")
    waiting = [requirement for requirement, _ in packages(f"{name}.in").values()]
    seen = set()
    while waiting:
        each = waiting.pop()
        key = canonicalize_name(each.name)
        assert key in pinned, f"{each} is not pinned: run bin/lock"
        assert each.specifier.contains(version(pinned[key][0]), prereleases=True), each
        if (key, *sorted(each.extras)) not in seen:
            seen.add((key, *sorted(each.extras)))
            waiting += needed_by(each)
    assert len(seen) > 20


def needed_by(requirement: Requirement) -> Iterator[Requirement]:
    """Yield what a package that is installed needs, here and with these extras."""
    for text in requires(requirement.name) or []:
        needed = Requirement(text)
        extras = requirement.extras or {""}
        if not needed.marker or any(needed.marker.evaluate({"extra": each}) for each in extras):
            yield needed


def test_the_tests_use_the_apps_versions() -> None:
    app, dev = packages("requirements.txt"), packages("requirements-dev.txt")
    assert "-r requirements.txt" in lines("requirements-dev.txt")
    assert {
        key for key in app.keys() & dev.keys() if version(app[key][0]) != version(dev[key][0])
    } == (set())


def test_every_script_installs_what_is_locked() -> None:
    scripts = {path.name: path.read_text("utf-8") for path in (ROOT / "bin").iterdir()}
    commands = {
        name: [line for line in text.splitlines() if re.search(r"\bpip\b.* install\b", line)]
        for name, text in scripts.items()
    }
    for name in ("pip", "with-node"):
        assert commands[name], name
    for found in commands.values():
        assert [line for line in found if "--require-hashes" not in line and "#" not in line] == []
    npm = [each for text in scripts.values() for each in re.findall(r"with-node npm (\w+)", text)]
    assert npm == ["ci"] * 2
    assert "cargo build --quiet --locked" in scripts["readers"]
    assert "mvn -q -B --strict-checksums" in scripts["readers"]


def test_every_library_of_the_browser_has_its_hash() -> None:
    locked = json.loads((ROOT / "package-lock.json").read_text("utf-8"))["packages"]
    from_a_registry = {
        path: entry
        for path, entry in locked.items()
        if path.startswith("node_modules/") and not entry.get("link")
    }
    assert len(from_a_registry) > 50
    assert [path for path, entry in from_a_registry.items() if "integrity" not in entry] == []


def test_every_library_of_the_readers_has_its_hash() -> None:
    crates = tomllib.loads((ROOT / "clients/rust/Cargo.lock").read_text("utf-8"))["package"]
    assert [each["name"] for each in crates if "checksum" not in each] == ["midstream-reader"]
    needed = re.findall(r"^require (\S+ \S+)$", (ROOT / "clients/go/go.mod").read_text(), re.M)
    sums = (ROOT / "clients/go/go.sum").read_text()
    assert needed and all(f"{each} h1:" in sums for each in needed)
