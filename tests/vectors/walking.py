"""Random walks of the model's server and one reader over a network that loses and repeats."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

from tests.proof.interfaces import Between, Packet
from tests.proof.model_server import ModelServer
from tests.vectors.tale import MOMENT, Tale

WALKS = 8
STEPS = 25
LOST, REPEATED = 0.2, 0.15
PIECES = ["a ", "b\n", "👩\u200d", "👧", "e", "\u0301", "\r", "\n"]
READER = 0


def tales() -> Iterator[Tale]:
    """Yield them."""
    for seed in range(1, WALKS + 1):
        yield Walk(seed).tale


class Walk:
    """One walk; the same seed walks the same way."""

    def __init__(self, seed: int) -> None:
        about = "Made by the model: events are lost and repeated; in the end all is in step."
        self.tale = Tale(f"a walk {seed}", about)
        self._chance = random.Random(seed)
        self._server = ModelServer()
        self._server.connect(READER, self._deliver)
        self._server.ask(0)
        self._join()
        for _ in range(STEPS):
            self._step()
        self._come_to_rest()

    def _step(self) -> None:
        acts = ["piece", "piece", "piece", "piece", "piece", "finish", "stop", "retry", "ask"]
        match self._chance.choice(acts):
            case "piece":
                piece, is_thought = self._chance.choice(PIECES), self._chance.random() < 0.3
                self._server.receive(0, "" if is_thought else piece, piece if is_thought else "")
            case "finish":
                self._server.finish(0)
            case act:
                getattr(self._server, act)(0)
        self._server.flush(0)
        if self.tale.must_rejoin and self._chance.random() < 0.5:
            self._join()

    def _come_to_rest(self) -> None:
        self._server.stop(0)
        self._join()
        while self.tale.must_rejoin:
            self._join()
        self._check()

    def _check(self) -> None:
        held, truth = self.tale.steps[-1]["expect"]["messages"], self._server.truth()
        assert set(held) == set(truth)
        for message in truth.values():
            assert held[message.id]["content"] == message.content
            assert held[message.id]["thinking"] == message.thinking

    def _join(self) -> None:
        ack = self._server.join(READER, self.tale.join, Between())
        self.tale.joined(ack["position"], ack["revision"], reload="reload" in ack)

    def _deliver(self, packet: Packet) -> None:
        times = 1 if packet.in_order else self._fate()
        for _ in range(times):
            self.tale.tell(packet.event, self._as_sent(packet.data))

    def _fate(self) -> int:
        dice = self._chance.random()
        return 0 if dice < LOST else 2 if dice > 1 - REPEATED else 1

    def _as_sent(self, data: dict[str, Any]) -> dict[str, Any]:
        """Add what the model leaves out, leave out what is empty."""
        sent = {key: value for key, value in data.items() if value != ""}
        if "position" not in data:
            return sent
        is_answer = self._server.messages[data["id"]].question is not None
        speaker = {"role": "assistant", "model": "demo"} if is_answer else {"role": "user"}
        return {**sent, **speaker, "created_at": MOMENT}
