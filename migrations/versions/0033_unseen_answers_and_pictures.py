"""Answers whose asker was away when they ended, for the mail about them; pictures of assistants,
and with which one a conversation was begun."""

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
    op.add_column("assistant", sa.Column("avatar", sa.String(32), nullable=True))
    op.add_column("conversation", sa.Column("assistant", sa.String(32), nullable=True))
    op.create_table(
        "assistant_avatar",
        sa.Column("assistant_id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("public_id", sa.String(32), nullable=False),
        sa.Column("picture", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["assistant_id"], ["assistant.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("assistant_id"),
        sa.UniqueConstraint("public_id"),
    )


def downgrade() -> None:
    op.drop_table("assistant_avatar")
    op.drop_column("conversation", "assistant")
    op.drop_column("assistant", "avatar")
    op.drop_index("unseen_answers", table_name="message")
    op.drop_column("message", "unseen")
