"""The log of security events, settings that administrators change, and which process answers."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    op.create_table(
        "audit_event",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(30), nullable=False),
        sa.Column("actor", sa.String(254), nullable=False),
        sa.Column("about", sa.String(254), nullable=False),
        sa.Column("detail", sa.String(300), nullable=False),
        sa.Column("address", sa.String(45), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_audit_event_created_at", "audit_event", ["created_at"])
    op.create_index("events_of_actor", "audit_event", ["actor", "id"])
    op.create_index("events_about", "audit_event", ["about", "id"])
    op.create_index("events_of_kind", "audit_event", ["kind", "id"])
    op.create_table(
        "server_setting",
        sa.Column("name", sa.String(40), primary_key=True),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.add_column("user_account", sa.Column("dismissed_banner", sa.String(32)))
    op.add_column("message", sa.Column("written_by", sa.String(80)))


def downgrade() -> None:
    op.drop_column("message", "written_by")
    op.drop_column("user_account", "dismissed_banner")
    op.drop_table("server_setting")
    op.drop_table("audit_event")
