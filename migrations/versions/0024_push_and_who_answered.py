"""The devices to which notifications are pushed; which model has answered in the place of the one
that was asked."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    op.add_column("message", sa.Column("answered_by", sa.String(200), nullable=True))
    no = sa.false()
    op.add_column("message", sa.Column("pushed", sa.Boolean(), nullable=False, server_default=no))
    shows_text = sa.Column("shows_text", sa.Boolean(), nullable=False, server_default=no)
    op.add_column("notification_settings", shows_text)
    op.create_table(
        "push_subscription",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("sign_in_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("endpoint", sa.String(1000), nullable=False),
        sa.Column("endpoint_hash", sa.String(64), nullable=False),
        sa.Column("p256dh", sa.String(100), nullable=False),
        sa.Column("auth", sa.String(40), nullable=False),
        sa.Column("server_key", sa.String(100), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["sign_in_id"], ["sign_in.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("endpoint_hash"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_push_subscription_user_id", "push_subscription", ["user_id"])
    op.create_index("ix_push_subscription_sign_in_id", "push_subscription", ["sign_in_id"])


def downgrade() -> None:
    op.drop_table("push_subscription")
    op.drop_column("notification_settings", "shows_text")
    op.drop_column("message", "pushed")
    op.drop_column("message", "answered_by")
