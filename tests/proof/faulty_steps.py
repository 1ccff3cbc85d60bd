"""Installs a fault at the steps that one answer takes through the app's own functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import event

from app.events import emit
from app.extensions import db, socketio
from app.models import Message
from app.rendering import renderer
from app.rendering.renderer import current_renderer
from app.replies import generation, group_commit
from app.replies.in_flight import Answer, Pending
from tests.proof.fault import Fault

MARK = "victim"  # in the answer's text


class FaultySteps:
    """For the answer in one conversation; `install` and `answer` come before its first step."""

    def __init__(self, fault: Fault, conversation: str, patch: pytest.MonkeyPatch) -> None:
        self._fault = fault
        self._conversation = conversation
        self._patch = patch
        self._public_id = ""
        self._key = 0

    def answer(self, public_id: str, key: int) -> None:
        """This is the answer."""
        self._public_id, self._key = public_id, key

    def install(self) -> None:
        """Raise the fault at its step, as soon as the answer is known."""
        patch = self._patch.setattr
        patch(emit, "_emit", self._before(emit._emit, "send an event", self._is_broadcast))
        patch(generation, "turns_before", self._before_reading(generation.turns_before))
        patch(Answer, "pending", self._before_pending(Answer.pending))
        patch(
            group_commit,
            "progress_payload",
            self._before(
                group_commit.progress_payload,
                "make the payload",
                lambda public_id, *_: public_id == self._public_id,
            ),
        )
        patch(
            socketio.server,
            "_send_eio_packet",
            self._before(
                socketio.server._send_eio_packet, "send to one reader", self._is_ours_to_a_reader
            ),
        )
        patch(renderer, "render", self._before(renderer.render, "render", self._has_mark))
        worker = current_renderer().worker
        patch(
            worker,
            "step",
            self._before(worker.step, "render", lambda _key, text, _is_open: self._has_mark(text)),
        )
        event.listen(db.engine, "before_cursor_execute", self._before_statement)

    def uninstall(self) -> None:
        """Take back what is not taken back by the monkeypatch."""
        event.remove(db.engine, "before_cursor_execute", self._before_statement)

    def _before(
        self, function: Callable[..., Any], step: str, concerns: Callable[..., bool]
    ) -> Callable[..., Any]:
        def reach_first(*args: Any, **kwargs: Any) -> Any:
            if concerns(*args):
                self._fault.reach(step)
            return function(*args, **kwargs)

        return reach_first

    def _before_reading(self, turns_before: Callable[[Message], Any]) -> Callable[[Message], Any]:
        return self._before(
            turns_before, "read the turns", lambda message: message.public_id == self._public_id
        )

    def _before_pending(self, pending: Callable[..., Pending]) -> Callable[..., Pending]:
        return self._before(
            pending, "take what is pending", lambda answer: answer.public_id == self._public_id
        )

    def _is_broadcast(self, name: str, payload: Any, local_room: str | None = None) -> bool:
        """Is it about the answer? Before that is known, about anything in its conversation."""
        if local_room is not None or payload["conversation"] != self._conversation:
            return False
        return not self._public_id or payload.get("id") == self._public_id

    def _is_ours_to_a_reader(self, _sid: str, packet: Any) -> bool:
        text = str(packet.data)
        return self._public_id in text and ("chunk" in text or "streaming_end" in text)

    def _has_mark(self, text: str) -> bool:
        return MARK in text

    def _before_statement(
        self, _connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any
    ) -> None:
        rows = parameters if isinstance(parameters, list) else [parameters]
        for row in rows:
            for step in _steps_of(statement, row, self._key):
                self._fault.reach(step)


def _steps_of(statement: str, row: tuple[Any, ...], key: int) -> list[str]:
    """Return the steps that a statement takes for the message with this key."""
    if statement.startswith("INSERT INTO entry") and row[-1] == key:
        return ["store anything", *(["store text"] if row[1] or row[2] else [])]
    if statement.startswith("INSERT INTO search_text") and row[1] == key:
        return ["index the text"]
    if statement.startswith("UPDATE message SET content_html=") and row[-1] == key:
        return ["store the HTML"]
    if statement.startswith("UPDATE message SET status=") and row[-1] == key:
        return ["fold the log"]
    return []
