"""Add what lists of conversations need: pinned, archived, how far one has read, and deletions."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

FLAGS = ("pinned", "archived")
COUNTS = ("read_position", "version")


def upgrade() -> None:
    for name in FLAGS:
        column = sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false())
        op.add_column("membership", column)
    for name in COUNTS:
        column = sa.Column(name, sa.Integer(), nullable=False, server_default="0")
        op.add_column("membership", column)
    version = sa.Column("version", sa.Integer(), nullable=False, server_default="0")
    op.add_column("conversation", version)
    op.add_column("conversation", sa.Column("deleted_at", sa.DateTime(timezone=True)))
    # what there is counts as read: only what comes from now on is new
    op.execute(
        "UPDATE membership SET read_position ="
        " (SELECT position FROM conversation WHERE conversation.id = membership.conversation_id)"
    )


def downgrade() -> None:
    for name in ("deleted_at", "version"):
        op.drop_column("conversation", name)
    for name in (*COUNTS, *FLAGS):
        op.drop_column("membership", name)
