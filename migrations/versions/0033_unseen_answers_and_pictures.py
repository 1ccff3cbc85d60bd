"""Answers whose asker was away when they ended, for the mail about them."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
UNSEEN = sa.text("unseen")


def upgrade() -> None:
    no = sa.false()
    op.add_column("message", sa.Column("unseen", sa.Boolean(), nullable=False, server_default=no))
    op.create_index(
        "unseen_answers", "message", ["ended_at"], sqlite_where=UNSEEN, postgresql_where=UNSEEN
    )


def downgrade() -> None:
    op.drop_index("unseen_answers", table_name="message")
    op.drop_column("message", "unseen")
