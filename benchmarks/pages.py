"""What do a long conversation's page and a long list cost, and how soon does a server serve?

    python -m benchmarks.pages [--rounds 3] [--requests 100]

A conversation of 50 finished messages, and a user with 1,000 conversations. Processor time is the
server's, for one request; `start` is the time from starting the process to its first answer.
"""

from __future__ import annotations

import argparse
import time

from app.extensions import db
from app.models import Conversation, Message, Role, User
from benchmarks.setting import Setting, cpu_seconds, headline, setting
from tests.support.http_session import BrowserSession

MESSAGES = 50
CONVERSATIONS = 1000
TEXT = "A paragraph with *stress*, `code` and a [link](https://example.org/).\n\n- one\n- two\n" * 4
HTML = (
    '<p>A paragraph with <em>stress</em>, <code>code</code> and a <a href="https://example.org/">'
    "link</a>.</p>\n<ul>\n<li>one</li>\n<li>two</li>\n</ul>\n"
) * 4


def fill(here: Setting) -> str:
    """Create the conversations; return the path of the long one."""
    for _ in range(CONVERSATIONS - 1):
        here.database.conversation(here.cast.olive)
    where = here.database.conversation(here.cast.olive, here.cast.max)
    here.database.write(lambda: _ask_everywhere(where))
    return f"/conversations/{where}"


def _ask_everywhere(where: str) -> None:
    author = db.session.scalars(db.select(User.id).where(User.name == "Olive")).one()
    for conversation in db.session.scalars(db.select(Conversation)).all():
        count = MESSAGES if conversation.public_id == where else 1
        for number in range(count):
            role = Role.ASSISTANT if number % 2 else Role.USER
            about = {"model": "demo"} if number % 2 else {"author_id": author}
            Message.add(conversation, role, TEXT, content_html=HTML, **about)


def cost(here: Setting, session: BrowserSession, path: str, requests: int) -> tuple[float, int]:
    """Return the processor time of a page, in seconds, and its bytes."""
    url = here.server.url + path
    size = len(session.http.get(url, timeout=20).content)
    began = cpu_seconds(here.server)
    for _ in range(requests):
        assert session.http.get(url, timeout=20).ok
    return (cpu_seconds(here.server) - began) / requests, size


def start(here: Setting) -> tuple[float, float]:
    """Start the server again; return the seconds and the processor time until it serves."""
    here.server.stop()
    began = time.monotonic()
    here.server.start()
    return time.monotonic() - began, cpu_seconds(here.server)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--requests", type=int, default=100)
    args = parser.parse_args()
    headline(f"A page of {MESSAGES} messages, a list of {CONVERSATIONS:,} conversations, a start")
    print("| the page: CPU | bytes | the list: CPU | bytes | a start | its CPU |\n|" + "---|" * 6)
    with setting(LIMIT_PAGE="off") as here:
        path = fill(here)
        session = BrowserSession(here.server.url).sign_in(here.cast.olive)
        for _ in range(args.rounds):
            cells = []
            for each in (path, "/conversations"):
                seconds, size = cost(here, session, each, args.requests)
                cells += [f"{1000 * seconds:.1f} ms", f"{size:,}"]
            cells += [f"{seconds:.2f} s" for seconds in start(here)]
            session.url = here.server.url
            print(f"| {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
