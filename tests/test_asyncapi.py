"""docs/asyncapi.yaml is valid AsyncAPI 3 and agrees with the server's requests and events."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, NotRequired, get_origin, get_type_hints, is_typeddict

import pytest
from jsonschema import Draft7Validator

from app import schemas
from app.events import emit, shapes
from app.sockets.namespace import Conversations
from tests.support.asyncapi import DOCUMENT, contents, document, problems, requests

ROOT = Path(__file__).parents[1]
STANDARD = ROOT / "node_modules/@asyncapi/specs/schemas/3.0.0.json"
EVENTS = [
    *("message", "current_state", "chunk", "streaming_end", "conversation", "removed", "rejoin"),
    *("listed", "unlisted", "notification", "allowance", "job", "seen", "present", "reactions"),
    *("banner", "former"),
]
EMITTED = re.compile(r'_emit(?:_to)?\(.*?"(\w+)"|event = "(\w+)" if .* else "(\w+)"')
OTHERWISE_NAMED = {"SettingsPayload": "ModelSettings", "ListingPayload": "Listing"}
SHAPES = {
    name: OTHERWISE_NAMED.get(name, name)
    for name, shape in vars(shapes).items()
    if is_typeddict(shape)
}

REQUESTS = {
    "join": schemas.Join,
    "leave": schemas.Leave,
    "send": schemas.Send,
    "edit": schemas.Edit,
    "stop": schemas.MessageRef,
    "retry": schemas.Retry,
    "continue": schemas.MessageRef,
    "choose": schemas.Choose,
    "history": schemas.History,
    "conversations": schemas.ListConversations,
    "create": schemas.Create,
    "read": schemas.Read,
    "branch": schemas.MessageRef,
    "pin": schemas.Pin,
    "react": schemas.React,
    "reacted": schemas.Reacted,
    "presence": schemas.Presence,
    "typing": schemas.Typing,
}


def test_it_is_valid_asyncapi_3() -> None:
    standard = json.loads(STANDARD.read_text())
    errors = list(Draft7Validator(standard).iter_errors(contents()))
    assert [error.json_path for error in errors] == []


def test_every_reference_resolves() -> None:
    references = re.findall(r"\$ref: \"#/([^\"]+)\"", DOCUMENT.read_text())
    assert len(references) > 100
    for reference in references:
        target: Any = contents()
        for step in reference.split("/"):
            target = target[step]


def test_the_documented_requests_are_up_to_date() -> None:
    assert DOCUMENT.read_text() == document(), "run bin/asyncapi"


def test_every_request_of_the_server_is_documented() -> None:
    answered = {name.removeprefix("on_") for name in dir(Conversations) if name.startswith("on_")}
    assert requests() == answered - {"connect", "disconnect"} == set(REQUESTS)


def test_every_request_refers_to_its_schema() -> None:
    for request, model in REQUESTS.items():
        payload = contents()["components"]["messages"][request]["payload"]
        assert payload == {"$ref": f"#/components/schemas/{model.__name__}"}


def test_the_documented_events_are_those_that_are_emitted() -> None:
    source = Path(emit.__file__).read_text("utf-8")
    emitted = {name for names in EMITTED.findall(source) for name in names if name}
    operation = contents()["operations"]["emit"]
    documented = {each["$ref"].rpartition("/")[2] for each in operation["messages"]}
    answers = {f"{request}.ack" for request in REQUESTS}
    channel = contents()["channels"]["conversations"]["messages"]
    assert emitted == documented == set(EVENTS)
    assert channel.keys() - REQUESTS.keys() - answers == documented | {"connect", "connect_error"}


@pytest.mark.parametrize("shape", SHAPES)
def test_the_documented_events_have_the_servers_keys(shape: str) -> None:
    documented, sent = contents()["components"]["schemas"][SHAPES[shape]], getattr(shapes, shape)
    hints = get_type_hints(sent, include_extras=True)
    required = {key for key, hint in hints.items() if get_origin(hint) is not NotRequired}
    assert documented["properties"].keys() - {"ok"} == set(hints)
    named = set(documented.get("required", [])) - {"ok"}
    assert named == (required if sent.__total__ else set())


def test_every_key_that_is_sent_is_in_the_protocol() -> None:
    text = (ROOT / "docs" / "protocol.md").read_text("utf-8")
    keys = {key for shape in SHAPES for key in get_type_hints(getattr(shapes, shape))}
    assert {key for key in keys if f"`{key}`" not in text and f'"{key}"' not in text} == set()


def test_the_examples_in_the_protocol_are_valid() -> None:
    text = (ROOT / "docs" / "protocol.md").read_text()
    blocks = re.findall(r"```json\n(.*?)```", text, re.DOTALL)
    examples = [json.loads(line) for block in blocks for line in objects(block)]
    found = {name for example in examples for name in matching(example)}
    assert all(matching(example) for example in examples if "steps" not in example)
    assert set(EVENTS) | {"join", "join.ack", "send", "send.ack", "conversations.ack"} <= found


def objects(block: str) -> list[str]:
    """Return the JSON objects of a block; each starts on its own line."""
    return re.split(r"\n(?=\{)", block.strip())


def matching(example: Any) -> list[str]:
    return [name for name in contents()["components"]["messages"] if not problems(name, example)]
