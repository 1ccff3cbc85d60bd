"""Random actions in a conversation: questions, stops, retries, cut connections, removed members."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Sequence
from itertools import count

from tests.faults.scenario import Scenario
from tests.support.agreement import ENDED
from tests.support.waiting import eventually

INTERVAL_SECONDS = 0.05
TIMEOUT_SECONDS = 30.0
MAX_WAITING = 2
ANSWER = "/think 5 /tokens 30 /rate 100"


class Workload:
    """A thread acts as Olive, Max and Rex until `end`; Rex is removed and added again."""

    def __init__(self, scenario: Scenario, url: str, seed: float) -> None:
        self._scenario = scenario
        self._random = random.Random(seed)
        self._numbers = count(1)
        cast = scenario.cast
        self.conversation = scenario.conversation(cast.max, cast.rex)
        people = (cast.olive, cast.max, cast.rex)
        self._olive, self._max, self._rex = (
            scenario.observer(person, self.conversation, url) for person in people
        )
        self._rex_is_in = True
        self._may_act = threading.Event()
        self._is_over = threading.Event()
        self._acting = threading.Lock()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.resume()
        self._thread.start()

    def pause(self) -> None:
        """Start no new actions."""
        self._may_act.clear()

    def resume(self) -> None:
        """Start actions again."""
        self._may_act.set()

    def end(self) -> None:
        """End the thread."""
        self._is_over.set()
        self.resume()
        self._thread.join(TIMEOUT_SECONDS)
        assert not self._thread.is_alive(), "the workload has not ended"

    def retry_if_last(self, cut: Sequence[str]) -> bool:
        """Retry the last answer if it was cut; the new one must become complete."""
        with self._acting:
            return self._retry_if_last(cut)

    def _retry_if_last(self, cut: Sequence[str]) -> bool:
        last = self._scenario.database.messages(self.conversation)[-1:]
        if not last or last[0].id not in cut:
            return False
        self._retry(last[0].id)

        def is_complete() -> bool:
            newest = self._scenario.database.messages(self.conversation)[-1]
            return newest.id != last[0].id and newest.status == "complete"

        eventually(is_complete, TIMEOUT_SECONDS, "the retried answer is not complete")
        return True

    def _run(self) -> None:
        actions = {self._ask: 6, self._stop: 2, self._retry_last: 1, self._cut: 1, self._change: 1}
        while not self._is_over.is_set():
            self._may_act.wait()
            (action,) = self._random.choices(list(actions), list(actions.values()))
            with self._acting:
                action()
            self._is_over.wait(INTERVAL_SECONDS)

    def _ask(self) -> None:
        known = list(self._olive.log.messages.values())
        asked = sum(each.about.get("role") == "user" for each in known)
        if asked - (len(known) - asked) >= MAX_WAITING:
            return
        key = f"{self.conversation} {next(self._numbers)}"
        self._random.choice((self._olive, self._max)).send_until_acknowledged(
            f"{key} {ANSWER}", key
        )

    def _stop(self) -> None:
        for message in self._scenario.streaming(self.conversation):
            self._max.try_to_ask("stop", {"id": message})

    def _retry_last(self) -> None:
        ended = [each for each in self._olive.log.messages.values() if each.status in ENDED]
        answers = [each.id for each in ended if each.about.get("role") == "assistant"]
        if answers and self._may_act.is_set():
            self._retry(answers[-1])

    def _retry(self, answer: str) -> None:
        """Retry until any acknowledgement comes: an earlier one may be lost."""
        self._scenario.history.gone.add(answer)
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while not self._olive.try_to_ask("retry", {"id": answer}) and time.monotonic() < deadline:
            time.sleep(INTERVAL_SECONDS)

    def _cut(self) -> None:
        self._random.choice((self._olive, self._max, self._rex)).cut()

    def _change(self) -> None:
        """Remove Rex, or add him again."""
        change = self._scenario.remove_member if self._rex_is_in else self._scenario.add_member
        change(self._rex)
        self._rex_is_in = not self._rex_is_in
