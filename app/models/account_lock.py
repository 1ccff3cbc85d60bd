"""One after the other for an account: what becomes its own, or is there only so many times."""

from __future__ import annotations

from sqlalchemy import column, select, table

from app.extensions import db

ACCOUNT = table("user_account", column("id"), column("deleted_at"))  # below the module of accounts


def lock_account(user_id: int) -> bool:
    """Let no other transaction pass here for this account before the commit; return whether the
    account is there, and was not deleted. Rows that refer to it can be added meanwhile."""
    there = select(ACCOUNT.c.id).where(ACCOUNT.c.id == user_id, ACCOUNT.c.deleted_at.is_(None))
    return db.session.scalar(there.with_for_update(key_share=True)) is not None
