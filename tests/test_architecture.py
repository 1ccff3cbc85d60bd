"""Imports run downward only, in the order of docs/architecture.md, and never in a circle."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
DOCUMENT = (ROOT / "docs" / "architecture.md").read_text("utf-8")
LISTING = re.search(r"```text\n(__init__\.py.*?)```", DOCUMENT, re.DOTALL)
LAYER = re.compile(r"^(\w+)", re.MULTILINE)


def layers() -> list[str]:
    """Return the layers of app/ from the top to the bottom, as the document lists them."""
    assert LISTING is not None, "the list is gone from docs/architecture.md"
    return LAYER.findall(LISTING[1])


@cache
def modules() -> dict[str, Path]:
    """Return the path of each module of app/ by its dotted name."""
    paths = sorted((ROOT / "app").rglob("*.py"))
    return {_dotted(path): path for path in paths}


def imports_of(module: str, path: Path) -> Iterator[str]:
    """Yield the modules of app/ that a module imports, wherever in its text."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and str(node.module).split(".")[0] == "app":
            for name in node.names:
                inner = f"{node.module}.{name.name}"
                yield inner if inner in modules() else str(node.module)
        elif isinstance(node, ast.Import):
            yield from (name.name for name in node.names if name.name.split(".")[0] == "app")


def layer_of(module: str) -> str:
    """Return the layer that a module is in; `__init__` for the app's own."""
    return (*module.split("."), "__init__")[1]


def forbidden(edges: dict[str, set[str]], order: list[str]) -> list[str]:
    """Return the imports that lead upward in `order`."""
    return [
        f"{module} imports {imported}"
        for module, found in edges.items()
        for imported in sorted(found)
        if order.index(layer_of(imported)) < order.index(layer_of(module))
    ]


@pytest.fixture(scope="module")
def edges() -> dict[str, set[str]]:
    """The imports between the modules of app/."""
    return {name: set(imports_of(name, path)) - {name} for name, path in modules().items()}


def test_every_layer_is_in_the_list(edges: dict[str, set[str]]) -> None:
    assert {layer_of(module) for module in edges} == set(layers())


def test_a_layer_imports_only_layers_below_it(edges: dict[str, set[str]]) -> None:
    assert forbidden(edges, layers()) == []


def test_an_import_that_leads_upward_is_found() -> None:
    assert forbidden({"app.models.user": {"app.views.auth"}}, layers()) == [
        "app.models.user imports app.views.auth"
    ]


def test_no_modules_import_each_other_in_a_circle(edges: dict[str, set[str]]) -> None:
    packages = {name for name in edges if modules()[name].name == "__init__.py"}
    own = {name: found - packages for name, found in edges.items()}
    try:
        TopologicalSorter(own).prepare()
    except CycleError as error:
        pytest.fail(" → ".join(error.args[1]))


def test_eventlet_is_named_in_wsgi_and_the_configuration_alone() -> None:
    named = [path.name for path in modules().values() if "eventlet" in path.read_text("utf-8")]
    assert named == ["config.py"]


def _dotted(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")
