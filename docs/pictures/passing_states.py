"""What pages show for a moment: what is new, a file that is dragged, and a question that waits for
the connection."""

from __future__ import annotations

from playwright.sync_api import Page
from sqlalchemy import select, update

from app.database import write
from app.demo.stories import OLIVE
from app.extensions import db
from app.models import Conversation, Membership, User
from docs.pictures.browser_setup import BrowserSetup
from docs.pictures.paused_model import TITLE
from docs.pictures.screenshot import Act, Screenshot

SEVERAL = "Dinner for nine"
READ = {SEVERAL: 3, "Why a tenth is not a tenth": 1, "Sign-ups by week": 1}
ALL = 1_000  # more messages than a conversation of the demo has
COMPOSER = "[data-composer-text]"
DRAG = """() => {
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File(["…"], "plan.pdf"));
  document.querySelector("main").dispatchEvent(new DragEvent("dragover", { dataTransfer }));
}"""


def passing_states(setup: BrowserSetup) -> dict[str, Screenshot]:
    """Return each by the name of its screenshot."""
    one, several = _path_of(setup, TITLE), _path_of(setup, SEVERAL)
    return {
        "unread": Screenshot(OLIVE, one, *_with_unread(setup, _show_sidebar)),
        "new-messages": Screenshot(OLIVE, several, *_with_unread(setup, _show_new)),
        "dragging": Screenshot(OLIVE, one, _drag),
        "waiting-question": Screenshot(OLIVE, one, *_asking_offline(setup)),
    }


def _path_of(setup: BrowserSetup, title: str) -> str:
    with setup.app_context():
        here = select(Conversation.public_id).filter_by(title=title).limit(1)
        return f"/conversations/{db.session.scalars(here).one()}"


def _with_unread(setup: BrowserSetup, show: Act) -> tuple[Act, Act]:
    """Return what makes the ends of some conversations new to Olive, and what undoes that."""

    def act(page: Page) -> None:
        _read(setup, READ)
        page.reload()
        show(page)

    return act, lambda _: _read(setup, dict.fromkeys(READ, ALL))


def _read(setup: BrowserSetup, positions: dict[str, int]) -> None:
    """Let Olive have read conversations, by title, so far."""
    olive = select(User.id).filter_by(email=OLIVE.email).scalar_subquery()
    mine = update(Membership).where(Membership.user_id == olive)

    def work() -> None:
        for title, position in positions.items():
            here = Membership.conversation_id.in_(select(Conversation.id).filter_by(title=title))
            values = {"read_position": position, "version": Membership.version + 1}
            db.session.execute(mine.where(here).values(values))

    with setup.app_context():
        write(work)


def _show_sidebar(page: Page) -> None:
    """Show the list, which on a narrow page is in a drawer, where there is one more heading."""
    unread = page.locator(".sidebar .listing-unread:visible")
    if not unread.count():
        page.get_by_role("link", name="Conversations").click()
    unread.last.scroll_into_view_if_needed()


def _show_new(page: Page) -> None:
    page.locator("[data-new-mark]").scroll_into_view_if_needed()


def _drag(page: Page) -> None:
    page.evaluate(DRAG)
    page.wait_for_selector("[data-dragging]")


def _asking_offline(setup: BrowserSetup) -> tuple[Act, Act]:
    """Return what asks without a connection, and what leaves before there is one."""

    def ask(page: Page) -> None:
        setup.proxy.cut()
        page.wait_for_selector("[data-banner]:visible")
        page.fill(COMPOSER, "And what does a reader see who comes after the end?")
        page.press(COMPOSER, "Control+Enter")
        page.wait_for_selector("[data-composer-note]:visible")

    def leave(page: Page) -> None:
        page.close()
        setup.proxy.restore()

    return ask, leave
