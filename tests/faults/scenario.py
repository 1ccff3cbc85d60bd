"""A run on one database: its observers, what they recorded, and the final check."""

from __future__ import annotations

import time
from contextlib import suppress
from itertools import count

from tests.faults.checker import IN_CALM, violations
from tests.faults.history import Held, History, Membership, Truth
from tests.faults.observer import Observer
from tests.support.agreement import ENDED
from tests.support.cast import Cast, Person
from tests.support.database import Database, Stored
from tests.support.server import Server
from tests.support.waiting import eventually

SETTLING_SECONDS = 30.0


class Scenario:
    """Use it as a context manager, which closes the observers."""

    def __init__(self, database: Database, cast: Cast) -> None:
        self.database = database
        self.cast = cast
        self.history = History()
        self.observers: list[Observer] = []
        self.conversations: list[str] = []
        self._numbers = count(1)

    def conversation(self, *others: Person, model: str = "demo") -> str:
        """Create a conversation of Olive's with others."""
        began = time.monotonic()
        made = self.database.conversation(self.cast.olive, *others, model=model)
        for person in (self.cast.olive, *others):
            self.history.memberships.append(Membership(person.name, made, began))
        self.conversations.append(made)
        return made

    def observer(
        self, person: Person, conversation: str, url: str, kind: type[Observer] = Observer
    ) -> Observer:
        """Have a person read a conversation from now on."""
        name = f"{person.name} {next(self._numbers)}"
        observer = kind(name, person, conversation, self.history)
        self.observers.append(observer)
        return observer.stay(url)

    def begin(self, server: Server, answers: int, question: str) -> list[tuple[Observer, str]]:
        """Begin answers, each in a conversation with Max; return (observer, answer id) pairs."""
        where = [self.conversation(self.cast.max) for _ in range(answers)]
        here = [self.observer(self.cast.olive, each, server.url) for each in where]
        replies = [self.ask(observer, question) for observer in here]
        for observer, reply in zip(here, replies, strict=True):
            eventually(
                lambda observer=observer, reply=reply: observer.has_text(reply), SETTLING_SECONDS
            )
        return list(zip(here, replies, strict=True))

    def ask(self, observer: Observer, question: str) -> str:
        """Ask in a conversation without a streaming answer; return the id of the answer."""
        ack = observer.send_until_acknowledged(question, f"question {next(self._numbers)}")
        assert ack
        return str(ack["reply"])

    def streaming(self, *conversations: str) -> list[str]:
        """Return the ids of the streaming answers, in some conversations or in all."""
        chosen = conversations or tuple(self.conversations)
        stored = [each for where in chosen for each in self.database.messages(where)]
        return [each.id for each in stored if each.status not in ENDED]

    def remove_member(self, observer: Observer) -> None:
        """Remove a member, directly in the database."""
        self.database.remove_member(observer.conversation, observer.person)
        self.history.end_membership(observer.person.name, observer.conversation)

    def add_member(self, observer: Observer) -> None:
        """Add a removed member again."""
        self.history.add_membership(observer.person.name, observer.conversation)
        self.database.add_member(observer.conversation, observer.person)

    def check(self) -> list[Stored]:
        """Wait until all observers are in step, assert that no rule was ever violated, and return
        all stored messages."""
        with suppress(AssertionError):  # the violations say more
            eventually(self._is_in_step, SETTLING_SECONDS)
        found = violations(self.history, self._truth())
        assert not found, "\n".join([*found[:20], *(each.state() for each in self.observers)])
        return self._stored()

    def close(self) -> None:
        """Close all observers."""
        for observer in self.observers:
            observer.close()
        self.observers.clear()
        self.history.present.clear()

    def __enter__(self) -> Scenario:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _is_in_step(self) -> bool:
        truth = self._truth()
        self.history.present = {
            observer.name: Held(observer.conversation, frozenset(observer.log.messages))
            for observer in self.observers
            if self.history.is_member(observer.person.name, observer.conversation)
        }
        return not any(any(rule(self.history, truth)) for rule in IN_CALM)

    def _truth(self) -> Truth:
        stored = {each: self.database.messages(each) for each in self.conversations}
        return Truth(stored, self.history.gone)

    def _stored(self) -> list[Stored]:
        return [each for messages in self._truth().messages.values() for each in messages]
