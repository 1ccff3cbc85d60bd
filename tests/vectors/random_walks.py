"""Random walks: the proof's model of the server, and a network that loses and repeats events."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

from tests.proof.interfaces import Between, Packet
from tests.proof.model_server import ModelServer
from tests.vectors.scenario import TIME, Scenario

WALKS = 8
STEPS = 25
LOST, REPEATED = 0.2, 0.15
PIECES = ["a ", "b\n", "👩\u200d", "👧", "e", "\u0301", "\r", "\n"]
READER = 0


def scenarios() -> Iterator[Scenario]:
    """Yield all of them."""
    for seed in range(1, WALKS + 1):
        yield RandomWalk(seed).scenario


class RandomWalk:
    """One random walk; the same seed gives the same steps."""

    def __init__(self, seed: int) -> None:
        about = "A random walk: events are lost and repeated; in the end nothing is missing."
        self.scenario = Scenario(f"a walk {seed}", about)
        self._random = random.Random(seed)
        self._server = ModelServer()
        self._server.connect(READER, self._deliver)
        self._server.ask(0)
        self._join()
        for _ in range(STEPS):
            self._step()
        self._catch_up()

    def _step(self) -> None:
        actions = ["piece", "piece", "piece", "piece", "piece", "finish", "stop", "retry", "ask"]
        match self._random.choice(actions):
            case "piece":
                piece, is_thinking = self._random.choice(PIECES), self._random.random() < 0.3
                self._server.receive(0, "" if is_thinking else piece, piece if is_thinking else "")
            case "finish":
                self._server.finish(0)
            case action:
                getattr(self._server, action)(0)
        self._server.flush(0)
        if self.scenario.must_rejoin and self._random.random() < 0.5:
            self._join()

    def _catch_up(self) -> None:
        self._server.stop(0)
        self._join()
        while self.scenario.must_rejoin:
            self._join()
        self._check()

    def _check(self) -> None:
        held, truth = self.scenario.steps[-1]["expect"]["messages"], self._server.truth()
        assert set(held) == set(truth)
        for message in truth.values():
            assert held[message.id]["content"] == message.content
            assert held[message.id]["thinking"] == message.thinking

    def _join(self) -> None:
        self.scenario.joining()
        ack = self._server.join(READER, self.scenario.join, Between())
        self.scenario.joined(ack["position"], ack["revision"], reload="reload" in ack)

    def _deliver(self, packet: Packet) -> None:
        times = 1 if packet.in_order else self._times()
        for _ in range(times):
            self.scenario.event(packet.event, self._as_sent(packet.data))

    def _times(self) -> int:
        chance = self._random.random()
        return 0 if chance < LOST else 2 if chance > 1 - REPEATED else 1

    def _as_sent(self, data: dict[str, Any]) -> dict[str, Any]:
        """Add the fields that the model leaves out; drop empty ones."""
        sent = {key: value for key, value in data.items() if value != ""}
        if "position" not in data:
            return sent
        is_answer = self._server.messages[data["id"]].question is not None
        author = {"role": "assistant", "model": "demo"} if is_answer else {"role": "user"}
        return {**sent, **author, "created_at": TIME}
