"""Putting the demo into the database, and saying so."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import partial

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn
from sqlalchemy import select

from app.auth.passwords import verify_password
from app.database import read, write
from app.demo.inventing import Invented, invent, written_size
from app.demo.people import OLIVE, PASSWORD, PEOPLE
from app.demo.storing import keys_of_people, missing_people, store_batch
from app.extensions import db
from app.models import User
from app.replies import current_runtime

BATCH = 1000  # messages in one transaction: about a tenth of a second
LARGE = 2000  # messages that are worth a progress bar


def fill(size: int | None, seed: int) -> None:
    """Make what is missing of the people and of `size` messages (None: those written by hand)."""
    size = written_size() if size is None else size
    began = time.monotonic()
    people = [person.as_user() for person in read(missing_people)]
    write(lambda: db.session.add_all(people))
    made = list(_store(size, seed))
    conversations, messages = sum(is_new for is_new, _ in made), sum(count for _, count in made)
    click.echo(
        f"Made {len(people)} users, {conversations:,} conversations and {messages:,} messages "
        f"in {time.monotonic() - began:.1f} s."
    )


def nobody_is_there() -> bool:
    """Say whether nobody can sign in."""
    return read(lambda: db.session.scalar(select(User.id).limit(1))) is None


def say_how_to_sign_in() -> None:
    """Name the demo's people, where its password is theirs."""
    stored = read(
        lambda: db.session.scalar(select(User.password_hash).where(User.email == OLIVE.email))
    )
    if stored and verify_password(stored, PASSWORD):
        emails = " or ".join(person.email for person in PEOPLE.values())
        click.echo(f"Sign in as {emails} with the password {PASSWORD}")


def _store(size: int, seed: int) -> Iterator[tuple[bool, int]]:
    """Store conversations batch by batch; yield whether one is new, and its new messages."""
    keys, model = read(keys_of_people), current_runtime().models.default
    with _progress(size) as progress:
        task = progress.add_task("Messages", total=size)
        for batch in _batches(invent(size, seed)):
            places = write(partial(store_batch, batch, keys, model))
            progress.advance(task, sum(len(each.message_ids) for each in batch))
            yield from ((not place.held, place.missing) for place in places)


def _batches(conversations: Iterator[Invented]) -> Iterator[list[Invented]]:
    batch: list[Invented] = []
    for each in conversations:
        batch.append(each)
        if sum(len(every.message_ids) for every in batch) >= BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _progress(size: int) -> Progress:
    console = Console(stderr=True)
    return Progress(
        "{task.description}",
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        disable=size < LARGE or not console.is_terminal,
    )
