"""Files that are sent with messages, which models see pictures, and people's pictures."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    op.create_table(
        "file",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("public_id", sa.String(32), nullable=False, unique=True),
        sa.Column("uploader_id", sa.Integer()),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("media_type", sa.String(100), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("tokens", sa.Integer(), nullable=False),
        sa.Column("is_cut", sa.Boolean(), nullable=False),
        sa.Column("is_sent", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("content", sa.LargeBinary()),
        sa.Column("thumbnail", sa.LargeBinary()),
        sa.Column("picture", sa.LargeBinary()),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["uploader_id"], ["user_account.id"], ondelete="SET NULL"),
        sqlite_autoincrement=True,
    )
    pending = sa.text("NOT is_sent")
    op.create_index(
        "pending_files", "file", ["uploader_id"], sqlite_where=pending, postgresql_where=pending
    )
    op.create_table(
        "message_file",
        sa.Column("message_id", sa.Integer(), primary_key=True),
        sa.Column("file_id", sa.Integer(), primary_key=True),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["file_id"], ["file.id"]),
    )
    op.create_index("ix_message_file_file_id", "message_file", ["file_id"])
    op.add_column("message", sa.Column("files", sa.Text()))
    sees = sa.Column("sees", sa.Boolean(), nullable=False, server_default=sa.false())
    op.add_column("offered_model", sees)
    op.add_column("user_account", sa.Column("avatar", sa.String(32)))
    op.create_table(
        "avatar",
        sa.Column("user_id", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("public_id", sa.String(32), nullable=False, unique=True),
        sa.Column("picture", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], ondelete="CASCADE"),
    )


def downgrade() -> None:
    op.drop_table("avatar")
    op.drop_column("user_account", "avatar")
    op.drop_column("offered_model", "sees")
    op.drop_column("message", "files")
    op.drop_table("message_file")
    op.drop_table("file")
