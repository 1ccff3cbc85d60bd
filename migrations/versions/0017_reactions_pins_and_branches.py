"""Reactions, pinned messages and quotations; answers that were cut off; what a conversation is a
branch of."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"

REACTED = "reacted > 0"
PINNED = "pinned_by_id IS NOT NULL"


def upgrade() -> None:
    op.add_column(
        "conversation", sa.Column("reacted", sa.Integer(), nullable=False, server_default="0")
    )
    op.add_column("conversation", sa.Column("branched_from", sa.String(32), nullable=True))
    op.create_index("ix_conversation_branched_from", "conversation", ["branched_from"])
    op.add_column("message", sa.Column("reactions", sa.Text(), nullable=True))
    op.add_column("message", sa.Column("reacted", sa.Integer(), nullable=False, server_default="0"))
    op.create_index(
        "reacted_messages",
        "message",
        ["conversation_id", "reacted"],
        sqlite_where=sa.text(REACTED),
        postgresql_where=sa.text(REACTED),
    )
    op.add_column(
        "conversation", sa.Column("pins", sa.Integer(), nullable=False, server_default="0")
    )
    op.add_column("message", sa.Column("quotes", sa.String(32), nullable=True))
    op.add_column("message", sa.Column("pinned_by_id", sa.Integer(), nullable=True))
    op.add_column("message", sa.Column("continues", sa.Integer(), nullable=True))
    is_cut = sa.Column("is_cut", sa.Boolean(), nullable=False, server_default=sa.false())
    op.add_column("message", is_cut)
    op.create_index(
        "pinned_messages",
        "message",
        ["conversation_id"],
        sqlite_where=sa.text(PINNED),
        postgresql_where=sa.text(PINNED),
    )


def downgrade() -> None:
    op.drop_index("pinned_messages", "message")
    op.drop_column("message", "is_cut")
    op.drop_column("message", "continues")
    op.drop_column("message", "pinned_by_id")
    op.drop_column("message", "quotes")
    op.drop_column("conversation", "pins")
    op.drop_index("reacted_messages", "message")
    op.drop_column("message", "reacted")
    op.drop_column("message", "reactions")
    op.drop_index("ix_conversation_branched_from", "conversation")
    op.drop_column("conversation", "branched_from")
    op.drop_column("conversation", "reacted")
