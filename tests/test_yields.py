"""The fixture `not_yielding` reports a yield inside a writing transaction, and nothing else."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app import background
from app.database import read, write
from app.events import emit
from app.extensions import db, socketio
from tests.support.yields import YIELDS


def sleep() -> None:
    socketio.sleep(0)


def emit_event() -> None:
    emit.rejoin("c")


def offload() -> None:
    background.offload(int)


@pytest.mark.usefixtures("context")
@pytest.mark.parametrize("act", [sleep, emit_event, offload])
def test_a_yield_inside_a_writing_transaction_is_reported(act: Callable[[], None]) -> None:
    write(act)
    assert noticed() == [f"{act.__name__.removesuffix('_event')} inside a transaction that writes"]


@pytest.mark.usefixtures("context")
@pytest.mark.parametrize("act", [sleep, emit_event, offload])
def test_a_yield_elsewhere_is_allowed(act: Callable[[], None]) -> None:
    act()
    read(act)
    write(lambda: db.session.execute(db.text("SELECT 1")))
    act()
    with pytest.raises(ZeroDivisionError):
        write(lambda: 1 // 0)
    act()
    assert noticed() == []


def noticed() -> list[str]:
    """Return the reported yields and clear them."""
    found = list(YIELDS)
    YIELDS.clear()
    return found
