"""Rename tables: notice to control_event, spent_key to used_idempotency_key."""

from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.rename_table("spent_key", "used_idempotency_key")
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_notice_created_at"))
    op.rename_table("notice", "control_event")
    with op.batch_alter_table("control_event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_control_event_created_at"), ["created_at"])


def downgrade() -> None:
    with op.batch_alter_table("control_event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_control_event_created_at"))
    op.rename_table("control_event", "notice")
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_notice_created_at"), ["created_at"])
    op.rename_table("used_idempotency_key", "spent_key")
