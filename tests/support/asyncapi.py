"""`docs/asyncapi.yaml`: its requests are generated from the server's schemas, and all that tests
send and receive is checked against it.

Readers must ignore unknown keys. The tests know them all, so here every object is closed: sending
an undocumented key is a defect.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft7Validator
from referencing import Registry
from referencing.jsonschema import DRAFT7

from app import schemas

DOCUMENT = Path(__file__).parents[2] / "docs" / "asyncapi.yaml"
SEAM = "    # Requests: from here on made by bin/asyncapi, of what the server checks\n"
REQUESTS = (
    schemas.Join,
    schemas.Leave,
    schemas.Send,
    schemas.Edit,
    schemas.MessageRef,
    schemas.History,
    schemas.ListConversations,
    schemas.Create,
)

Schema = Any  # a JSON Schema or a part of one

DEVIATIONS: list[str] = []  # from the document, in what a test has sent and received


def watch_event(event: str, data: Any) -> None:
    """Note how an event that a reader received deviates."""
    DEVIATIONS.extend(problems(event, data))


def watch_request(event: str, payload: Any, ack: Any) -> None:
    """Note how an acknowledgement deviates, and the request if it was accepted."""
    if event not in requests():
        DEVIATIONS.extend([] if ack.get("error") == "invalid" else [f"{event}: accepted"])
        return
    DEVIATIONS.extend(problems(f"{event}.ack", ack))
    if ack["ok"]:
        DEVIATIONS.extend(problems(event, {} if payload is None else payload))


def requests() -> set[str]:
    """Return the names of the requests."""
    return set(contents()["operations"]) - {"connect", "tell"}


def problems(message: str, payload: Any) -> Sequence[str]:
    """Return how a payload deviates from the document's message of this name."""
    if message not in contents()["components"]["messages"]:
        return [f"{message}: not documented"]
    return _problems(message, json.dumps(payload))


@lru_cache(maxsize=4096)  # an event for thirty readers is checked once
def _problems(message: str, payload: str) -> Sequence[str]:
    errors = _validator(message).iter_errors(json.loads(payload))
    return [f"{message}: {error.json_path}: {error.message}" for error in errors]


@cache
def _validator(message: str) -> Draft7Validator:
    where = f"document#/components/messages/{message}/payload"
    return Draft7Validator({"$ref": where}, registry=_registry())


@cache
def _registry() -> Registry[Any]:
    return Registry().with_resource("document", DRAFT7.create_resource(closed(contents())))


@cache
def contents() -> dict[str, Any]:
    """Return the document's contents."""
    said: dict[str, Any] = yaml.safe_load(DOCUMENT.read_text())
    return said


def closed(schema: Schema) -> Schema:
    """Return the document with objects that allow no other keys than those it names."""
    if isinstance(schema, list):
        return [closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    parts = {name: closed(part) for name, part in schema.items()}
    if schema.get("type") == "object" and "properties" in schema:
        parts.setdefault("additionalProperties", False)
    return parts


def request_schemas() -> dict[str, Schema]:
    """Return the JSON Schemas of the server's request models."""
    return {model.__name__: _plain(model.model_json_schema()) for model in REQUESTS}


def _plain(schema: Schema) -> Schema:
    """Leave out the titles that pydantic invents, and empty defaults."""
    if isinstance(schema, list):
        return [_plain(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    return {name: _plain(part) for name, part in schema.items() if not _is_noise(name, part)}


def _is_noise(name: str, part: Schema) -> bool:
    return (name == "title" and isinstance(part, str)) or (name == "default" and not part)


def document() -> str:
    """Return the document as it should be: its written part, then the server's request schemas."""
    beginning, seam, _end = DOCUMENT.read_text().partition(SEAM)
    assert seam, "the line that separates the written from the generated part is missing"
    made = yaml.safe_dump(request_schemas(), sort_keys=False, allow_unicode=True, width=92)
    return beginning + seam + "\n" + "".join(f"    {line}\n" for line in made.splitlines())


if __name__ == "__main__":
    DOCUMENT.write_text(document())
