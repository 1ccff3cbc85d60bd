"""Conversations as other programs export them, as small as tests need them; written for these."""

from __future__ import annotations

from typing import Any

BEGAN = 1_750_000_000.25


def gpt_node(
    own: str,
    parent: str | None,
    children: list[str],
    role: str | None = None,
    *parts: Any,
    kind: str = "text",
    **about: Any,
) -> dict[str, Any]:
    """Return a node of ChatGPT's tree; without a role it has no message."""
    message = None
    if role:
        content = {"content_type": kind, "parts": list(parts), **about.pop("content", {})}
        metadata = about.pop("metadata", {})
        message = {"id": own, "author": {"role": role}, "content": content, "metadata": metadata}
        message |= {"create_time": BEGAN + len(own), "recipient": "all", **about}
    return {"id": own, "parent": parent, "children": children, "message": message}


def gpt(*nodes: dict[str, Any], current: str | None, **about: Any) -> dict[str, Any]:
    """Return a conversation of ChatGPT's export."""
    return {
        "title": "Bees",
        "conversation_id": "gpt-1",
        "create_time": BEGAN,
        "update_time": BEGAN + 500,
        "default_model_slug": "gpt-5",
        "current_node": current,
        "mapping": {node["id"]: node for node in nodes},
        **about,
    }


def bees() -> dict[str, Any]:
    """Return one with a hidden system message, thoughts, another answer and an edited question."""
    thoughts = {"thoughts": [{"summary": "Wings", "content": "They beat fast."}]}
    hidden = {"metadata": {"is_visually_hidden_from_conversation": True}}
    return gpt(
        gpt_node("root", None, ["sys"]),
        gpt_node("sys", "root", ["q1", "q2"], "system", "", **hidden),
        gpt_node("q1", "sys", ["a1"], "user", "How do bees fly?"),
        gpt_node("a1", "q1", [], "assistant", "Nobody asks that."),
        gpt_node("q2", "sys", ["t2", "a2b"], "user", "Why do bees fly?"),
        gpt_node("t2", "q2", ["r2"], "assistant", kind="thoughts", content=thoughts),
        gpt_node("r2", "t2", ["a2"], "assistant", kind="reasoning_recap"),
        gpt_node("a2", "r2", ["q3"], "assistant", "For food.", metadata={"model_slug": "o9"}),
        gpt_node("a2b", "q2", [], "assistant", "For fun."),
        gpt_node("q3", "a2", ["a3"], "user", "And wasps?", {"content_type": "image_asset_pointer"}),
        gpt_node("a3", "q3", [], "assistant", "They too.", status="in_progress"),
        current="a3",
    )


def claude(*messages: dict[str, Any], **about: Any) -> dict[str, Any]:
    """Return a conversation of Claude's export."""
    return {
        "uuid": "claude-1",
        "name": "Rivers",
        "created_at": "2025-05-01T10:00:00.000000Z",
        "updated_at": "2025-05-01T11:00:00.000000Z",
        "chat_messages": list(messages),
        **about,
    }


def rivers() -> dict[str, Any]:
    """Return one with thinking, a tool and an attachment."""
    blocks = [
        {"type": "thinking", "thinking": "Water runs down."},
        {"type": "tool_use", "name": "web_search", "input": {}},
        {"type": "tool_result", "name": "web_search", "content": []},
        {"type": "text", "text": "To the sea."},
    ]
    attached = [{"file_name": "map.txt", "extracted_content": "North is up."}]
    return claude(
        {
            "uuid": "m1",
            "sender": "human",
            "text": "Where do rivers go?",
            "content": [{"type": "text", "text": "Where do rivers go?"}],
            "attachments": attached,
            "created_at": "2025-05-01T10:00:05Z",
        },
        {
            "uuid": "m2",
            "sender": "assistant",
            "text": "To the sea.",
            "content": blocks,
            "created_at": "2025-05-01T10:00:09Z",
        },
    )


def web_message(own: str, parent: str | None, role: str, content: str, **about: Any) -> Any:
    """Return a message of Open WebUI's tree."""
    at = 1_740_000_000 + len(own)
    named = {"id": own, "parentId": parent, "role": role, "content": content, "timestamp": at}
    return {**named, "childrenIds": about.pop("children", []), **about}


def tea() -> dict[str, Any]:
    """Return a chat of Open WebUI in which two models have answered, one of them with thoughts."""
    thought = (
        '<details type="reasoning" done="true"><summary>Thought</summary>\n&gt; Hot.\n</details>\n'
    )
    messages = [
        web_message("w1", None, "user", "Tea?", children=["w2", "w3"], models=["ant", "bee"]),
        web_message("w2", "w1", "assistant", f"{thought}Yes.", model="ant", children=["w4"]),
        web_message("w3", "w1", "assistant", "No.", model="bee", done=False),
        web_message("w4", "w2", "user", "Green?", children=["w5"]),
        web_message("w5", "w4", "assistant", "", model="ant", error={"content": "Out of tea."}),
    ]
    history = {"currentId": "w5", "messages": {each["id"]: each for each in messages}}
    chat = {"title": "Tea", "models": ["ant", "bee"], "history": history}
    chat["params"] = {"system": "Be British."}
    about = {"id": "web-1", "title": "Tea", "chat": chat, "pinned": True, "archived": False}
    return {**about, "created_at": 1_740_000_000, "updated_at": 1_740_000_900}


def old_tea() -> dict[str, Any]:
    """Return an old chat of Open WebUI: a list of messages."""
    messages = [{"role": "user", "content": "Milk?"}, {"role": "assistant", "content": "First."}]
    return {"id": "web-0", "title": "Milk", "chat": {"messages": messages, "models": ["ant"]}}


def libre(own: str, parent: str, text: str, **about: Any) -> dict[str, Any]:
    """Return a message of LibreChat's export, by the user unless it has a `model`."""
    named = {"messageId": own, "parentMessageId": parent, "text": text}
    by = {"isCreatedByUser": "model" not in about, "createdAt": "2025-03-01T08:00:00.000Z"}
    return {**named, **by, **about}


NO_PARENT = "00000000-0000-0000-0000-000000000000"


def stars() -> dict[str, Any]:
    """Return a conversation of LibreChat with two answers, as a list."""
    think = [{"type": "think", "think": "Far away."}, {"type": "text", "text": {"value": "Many."}}]
    return {
        "conversationId": "libre-1",
        "title": "Stars",
        "endpoint": "openAI",
        "branches": True,
        "recursive": False,
        "options": {"model": "sun", "promptPrefix": "Be bright."},
        "messages": [
            libre("s1", NO_PARENT, "How many stars?"),
            libre("s2", "s1", "Few.", model="sun", unfinished=True),
            libre("s3", "s1", "", model="moon", content=think),
            libre("s4", "s3", "Name one."),
            libre("s5", "s4", "No.", model="moon", error=True),
        ],
    }


def recursive_stars() -> dict[str, Any]:
    """Return the same as a tree."""
    flat = stars()
    by_parent: dict[str, list[Any]] = {}
    for message in flat.pop("messages"):
        by_parent.setdefault(message["parentMessageId"], []).append(message)

    def tree(parent: str) -> list[Any]:
        found = by_parent.get(parent, [])
        return [{**each, "children": tree(each["messageId"])} for each in found]

    return {**flat, "recursive": True, "messagesTree": tree(NO_PARENT)}
