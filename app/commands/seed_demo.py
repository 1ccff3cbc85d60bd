"""`flask seed demo`: something to look at, the same every time."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import partial

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn
from sqlalchemy import select

from app.commands.group import Refused
from app.database import read, write
from app.demo.inventing import Invented, invent, written_size
from app.demo.people import OLIVE, PASSWORD, PEOPLE
from app.demo.storing import keys_of_people, missing_people, store
from app.extensions import db
from app.models import User
from app.models.password import verify_password
from app.replies import desk

BATCH = 1000  # messages in one transaction: about a tenth of a second
KNOWN_PASSWORD = "In production anybody could sign in to the demo: add --yes if you mean it."
LARGE = 2000  # messages that are worth a progress bar


@click.command("demo")
@click.option("--size", type=click.IntRange(0), help="How many messages in all.")
@click.option("--seed", default=1, show_default=True, help="Another seed, other conversations.")
@click.option("--if-empty", is_flag=True, help="Do nothing where there are people already.")
@click.option("--yes", is_flag=True, help="In production, too.")
def seed_demo(size: int | None, seed: int, if_empty: bool, yes: bool) -> None:
    """Make people, and conversations with finished answers; say how to sign in."""
    if desk().config.production and not yes:
        raise Refused(
            "This is production, and the demo's passwords are known: add --yes if you mean it."
        )
    if not if_empty or read(_nobody_is_there):
        _fill(written_size() if size is None else size, seed)
    _say_how_to_sign_in()


def _fill(size: int, seed: int) -> None:
    began = time.monotonic()
    people = [person.as_user() for person in read(missing_people)]
    write(lambda: db.session.add_all(people))
    new = list(_store(size, seed))
    click.echo(
        f"Made {len(people)} people, {len(new):,} conversations and {sum(new):,} messages "
        f"in {time.monotonic() - began:.1f} s."
    )


def _store(size: int, seed: int) -> Iterator[int]:
    """Store conversations batch by batch; yield the length of each that is new."""
    keys, model = read(keys_of_people), desk().models.default
    with _progress(size) as progress:
        task = progress.add_task("Messages", total=size)
        for batch in _batches(invent(size, seed)):
            new = write(partial(store, batch, keys, model))
            progress.advance(task, sum(len(each.message_ids) for each in batch))
            yield from (len(each.message_ids) for each in new)


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


def _nobody_is_there() -> bool:
    return db.session.scalar(select(User.id).limit(1)) is None


def _say_how_to_sign_in() -> None:
    """Name the demo's people, where its password is theirs."""
    stored = read(
        lambda: db.session.scalar(select(User.password_hash).where(User.email == OLIVE.email))
    )
    if stored and verify_password(stored, PASSWORD):
        emails = " or ".join(person.email for person in PEOPLE.values())
        click.echo(f"Sign in as {emails} with the password {PASSWORD}")
