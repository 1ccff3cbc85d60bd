"""What others do while a bystander reads: each load is as bad as anybody may make it."""

from __future__ import annotations

import asyncio
import json
import os
import random
import re
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import repeat
from secrets import token_hex
from typing import Any

import requests

from app.extensions import db
from app.models import Conversation, Message, Role
from app.text import QUESTION_LENGTH
from benchmarks.rejoin_storm import Storm
from benchmarks.setting import Setting
from tests.providers.hostile import KINDS
from tests.support.cast import PASSWORD
from tests.support.client import Client
from tests.support.http_session import BrowserSession, csrf_token
from tests.support.server import Server
from tests.support.waiting import eventually

Load = Callable[[], object]
Prepare = Callable[[Setting], Load]

DEEP_QUOTES = ("> - " * 9 + "a\n") * (QUESTION_LENGTH // 38)
LONG_ANSWER = "A *long* answer, and [what](https://example.org) it says.\n\n"
SECONDS = 600.0
START = re.compile(r'action="(/account/data/jobs/\w+/start)"')
IMPORTED = "<h3>Imported:"
FOLLOWING_SECONDS = 5.0


def long_questions(here: Setting) -> Load:
    """Twenty questions of 32 kB at once, in quotes within quotes."""
    conversations = [here.database.conversation(here.cast.eve) for _ in range(20)]

    def ask(conversation: str) -> None:
        with Client().open(here.server.url, here.cast.eve.token) as eve:
            ack = eve.ask("send", {"conversation": conversation, "content": DEEP_QUOTES})
            assert ack["ok"], ack
            eventually(lambda: here.database.html(ack["id"]) is not None, SECONDS)

    return lambda: at_once(ask, conversations)


def pages_while_streaming(here: Setting) -> Load:
    """Twenty loads of a page whose answer of 60,000 tokens streams."""
    conversation = here.database.conversation(here.cast.eve)
    session = BrowserSession(here.server.url).sign_in(here.cast.eve)
    with Client().open(here.server.url, here.cast.eve.token) as eve:
        question = "/tokens 200000 /rate 10000"
        reply = eve.ask("send", {"conversation": conversation, "content": question})["reply"]
        eventually(lambda: len(here.database.message(reply).content) > 330_000, SECONDS)
    return lambda: at_once(lambda _: get(session, f"/conversations/{conversation}"), range(20))


def pages_of_a_long_answer(here: Setting) -> Load:
    """Four loads of a page after an answer of 1,000,000 characters."""
    conversation = here.database.conversation(here.cast.eve)
    text = (LONG_ANSWER * (1_000_000 // len(LONG_ANSWER)))[:1_000_000]
    here.database.write(lambda: Message.add(find(conversation), Role.ASSISTANT, text))
    session = BrowserSession(here.server.url).sign_in(here.cast.eve)
    return lambda: at_once(lambda _: get(session, f"/conversations/{conversation}"), range(4))


def pages_at_once(loads: int, threads: int) -> Prepare:
    """Return the load of a page of 50 messages, by so many browsers at once."""

    def prepare(here: Setting) -> Load:
        conversation = here.database.conversation(here.cast.eve)
        here.database.write(lambda: add_messages(conversation))
        session = BrowserSession(here.server.url).sign_in(here.cast.eve)
        path = f"/conversations/{conversation}"
        return lambda: at_once(lambda _: get(session, path), range(loads), threads)

    return prepare


def add_messages(conversation: str) -> None:
    """Add 25 questions and their answers."""
    for _ in range(25):
        Message.add(find(conversation), Role.USER, "And?", content_html="<p>And?</p>")
        Message.add(find(conversation), Role.ASSISTANT, LONG_ANSWER, content_html="<p>So!</p>")


def searches(here: Setting) -> Load:
    """Twenty searches, five at once, in 560 long questions."""
    conversation = here.database.conversation(here.cast.eve)
    chance = random.Random(1)
    words = ["".join(chance.choices("abcdefghijklmnopqrstuvwxyz", k=7)) for _ in range(3000)]

    def add_ten() -> None:
        for _ in range(10):
            text = " ".join(chance.choices(words, k=QUESTION_LENGTH // 8))
            Message.add(find(conversation), Role.USER, text, seq=1)
        db.session.flush()

    for _ in range(56):
        here.database.write(add_ten)
    session = BrowserSession(here.server.url).sign_in(here.cast.eve)
    pairs = [f"{words[number]} {words[-number - 1]}" for number in range(20)]
    return lambda: at_once(lambda pair: get(session, "/conversations", q=pair), pairs, 5)


def sign_ins(here: Setting) -> Load:
    """210 wrong sign-ins from one address."""
    form = requests.get(f"{here.server.url}/login", timeout=SECONDS)
    fields = {"email": here.cast.rex.email, "csrf_token": csrf_token(form.text)}

    def attempt(password: str) -> None:
        address, data = f"{here.server.url}/login", fields | {"password": password}
        requests.post(address, data=data, cookies=form.cookies, timeout=SECONDS)

    return lambda: at_once(attempt, repeat(f"not {PASSWORD}", 210), 70)


def many_join(first: Server) -> Prepare:
    """Return the load of a hundred readers who join 20 answers that another process writes."""

    def prepare(here: Setting) -> Load:
        storm = Storm(replace(here, server=first), here.server, FOLLOWING_SECONDS)
        asyncio.run(storm.ask(20, 50.0, 10_000))
        return lambda: asyncio.run(storm.follow(storm.readers(100)))

    return prepare


def hostile_model(kind: str) -> Prepare:
    """Return the load of a model's server that sends useless data at full speed."""

    def prepare(here: Setting) -> Load:
        conversation = here.database.conversation(here.cast.eve, model=f"openai:{kind}")

        def ask() -> None:
            with Client().open(here.server.url, here.cast.eve.token) as eve:
                question = {"conversation": conversation, "content": "Well?"}
                reply = eve.ask("send", question)["reply"]
                eventually(lambda: here.database.message(reply).status != "streaming", SECONDS)

        return ask

    return prepare


def uploads(here: Setting) -> Load:
    """Four files of 20 MB, one after the other."""
    conversation = here.database.conversation(here.cast.eve)
    address = f"{here.server.url}/api/conversations/{conversation}/files"
    data = os.urandom(10_000_000).hex().encode()  # it is text

    def upload() -> None:
        for number in range(4):
            response = requests.post(
                address,
                headers={"Authorization": f"Bearer {here.cast.eve.token}"},
                files={"file": (f"{number}.txt", data)},
                timeout=SECONDS,
            )
            assert response.status_code == 201, response.text

    return upload


def an_import(here: Setting) -> Load:
    """An import of 300 conversations with ten messages each, by its page."""
    session = BrowserSession(here.server.url).sign_in(here.cast.eve)

    def run() -> None:
        batch = token_hex(4)  # what is here already would not be imported again
        found = [conversation_to_import(f"{batch}-{number}") for number in range(300)]
        file = ("conversations.json", json.dumps(found).encode())
        post(session, "/account/data/import", files={"file": file})
        path = eventually(lambda: START.search(data_page(session)), SECONDS)[1]
        post(session, path)
        eventually(lambda: IMPORTED in data_page(session), SECONDS)

    return run


def conversation_to_import(name: str) -> dict[str, Any]:
    """Return a conversation as Claude's export has it."""
    messages = [
        {"uuid": f"{name}-{at}", "sender": sender, "text": LONG_ANSWER * 20}
        for at, sender in enumerate(["human", "assistant"] * 5)
    ]
    return {"uuid": f"c-{name}", "name": f"No. {name}", "chat_messages": messages}


def post(session: BrowserSession, path: str, **about: Any) -> None:
    """Send a form of the page of one's data."""
    token = csrf_token(data_page(session))
    data = {"csrf_token": token}
    page = session.http.post(session.url + path, data=data, timeout=SECONDS, **about)
    assert page.ok, page.status_code


def data_page(session: BrowserSession) -> str:
    """Return the page of one's data."""
    return str(session.http.get(f"{session.url}/account/data", timeout=SECONDS).text)


LOADS: dict[str, Prepare] = {
    "4 uploads of 20 MB": uploads,
    "an import of 300 conversations": an_import,
    "20 questions of 32 kB": long_questions,
    "20 loads of a page whose answer of 60,000 tokens streams": pages_while_streaming,
    "4 loads of a page with an answer of 1,000,000 characters": pages_of_a_long_answer,
    "80 loads of a page of 50 messages, 8 at once": pages_at_once(80, 8),
    "200 loads of a page of 50 messages, 100 at once": pages_at_once(200, 100),
    "20 searches in 560 long questions": searches,
    "210 wrong sign-ins from one address": sign_ins,
}
HOSTILE_MODELS: dict[str, Prepare] = {kind: hostile_model(kind) for kind in KINDS}


def at_once(work: Callable[[Any], object], items: Iterable[Any], threads: int = 20) -> None:
    """Run `work` for each item in so many threads, and wait for all."""
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(work, items))


def get(session: BrowserSession, path: str, **query: str) -> None:
    """Load a page. It may be refused where there are too many, but it is answered."""
    page = session.http.get(session.url + path, params=query, timeout=SECONDS)
    assert page.status_code in (200, 429), page.status_code


def find(conversation: str) -> Conversation:
    """Return a conversation."""
    found = db.select(Conversation).filter_by(public_id=conversation)
    return db.session.scalars(found).one()
