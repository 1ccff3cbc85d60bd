"""Each optional key of what readers get is in a vector, so each reader has seen it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tests.support.asyncapi import Schema, contents
from tests.vectors import files, lists

ACKNOWLEDGEMENTS = {"joined": "join.ack", "state": "conversations.ack", "page": "conversations.ack"}
OF_THE_END = {"duration_ms", "input_tokens", "output_tokens"}
EXCEPTIONS = {
    # Chunks share their schema with the end of an answer, and these are known at its end only.
    "chunk": {"error", "note", "cut", *(f"stats.{key}" for key in OF_THE_END)},
    # Vectors have what is done with accepted requests; tests/clients has refused ones.
    "join.ack": {"retry_after"},
    # `next` says how to ask for another page, which is no matter of the rule.
    "conversations.ack": {"next", "retry_after"},
}


def test_every_optional_key_is_in_a_vector() -> None:
    documented = {name: optional_keys(payload_of(name)) for name in received()}
    assert sum(map(len, documented.values())) > 60
    shown = shown_keys()
    missing = {
        name: keys - shown.get(name, set()) - EXCEPTIONS.get(name, set())
        for name, keys in documented.items()
    }
    assert {name: keys for name, keys in missing.items() if keys} == {}
    for name, keys in EXCEPTIONS.items():
        assert keys <= documented[name] - shown[name], "an exception that is none"


def received() -> set[str]:
    """Return the names of the events that readers get, and of acknowledgements in vectors."""
    events = contents()["operations"]["emit"]["messages"]
    return {each["$ref"].rpartition("/")[2] for each in events} | {*ACKNOWLEDGEMENTS.values()}


def payload_of(name: str) -> Schema:
    return contents()["components"]["messages"][name]["payload"]


def optional_keys(schema: Schema, path: str = "") -> set[str]:
    """Return the keys that an object may lack, also those of objects in it, as `people.read`."""
    if "$ref" in schema:
        return optional_keys(
            contents()["components"]["schemas"][schema["$ref"].split("/")[-1]], path
        )
    found: set[str] = set()
    parts = [*schema.get("anyOf", []), *schema.get("oneOf", [])]
    for part in [*parts, schema["items"]] if "items" in schema else parts:
        found |= optional_keys(part, path)
    for key, part in schema.get("properties", {}).items():
        found |= optional_keys(part, f"{path}{key}.")
        if key not in schema.get("required", []):
            found.add(f"{path}{key}")
    return found


def shown_keys() -> dict[str, set[str]]:
    """Return the keys that the vectors have, of each event and acknowledgement."""
    shown: dict[str, set[str]] = {}
    for text in (*files.files().values(), *lists.files().values()):
        for step in json.loads(text)["steps"]:
            for name, data in told(step):
                shown.setdefault(name, set()).update(keys_of(data))
    return shown


def told(step: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield what a reader gets in a step."""
    if "event" in step:
        yield step["event"], step["data"]
    for key, name in ACKNOWLEDGEMENTS.items():
        if key in step:
            is_list = isinstance(step[key], list)
            yield name, {"conversations": step[key]} if is_list else step[key]


def keys_of(data: Any, path: str = "") -> Iterator[str]:
    """Yield the keys of an object, and those of objects in it."""
    for each in data if isinstance(data, list) else [data]:
        if isinstance(each, dict):
            for key, value in each.items():
                yield f"{path}{key}"
                yield from keys_of(value, f"{path}{key}.")
