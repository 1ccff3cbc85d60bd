"""Administrators, the models and providers that they add, how models answer, and their use."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0016"


def upgrade() -> None:
    is_admin = sa.Column("is_admin", sa.Boolean(), nullable=False, server_default=sa.false())
    op.add_column("user_account", is_admin)
    op.create_table(
        "model_provider",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("name", sa.String(30), nullable=False, unique=True),
        sa.Column("api", sa.String(10), nullable=False),
        sa.Column("base_url", sa.String(500)),
        sa.Column("stored_key", sa.Text()),
        sa.Column("key_hint", sa.String(4)),
        sa.Column("key_set_at", sa.DateTime(timezone=True)),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "offered_model",
        sa.Column("id", sa.Integer(), primary_key=True),
        _key("provider_id", "model_provider.id"),
        sa.Column("model", sa.String(150), nullable=False),
        sa.Column("label", sa.String(100), nullable=False),
        sa.Column("description", sa.String(200), nullable=False),
        sa.Column("context_window", sa.Integer()),
        sa.Column("price_read", sa.Integer()),
        sa.Column("price_written", sa.Integer()),
        sa.Column("audience", sa.String(20), nullable=False),
        sa.Column("fallback", sa.String(200)),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("provider_id", "model"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "offered_model_person",
        _key("offered_model_id", "offered_model.id", primary_key=True),
        _key("user_id", "user_account.id", primary_key=True),
    )
    op.create_index("ix_offered_model_person_user_id", "offered_model_person", ["user_id"])
    op.add_column(
        "conversation", sa.Column("system_prompt", sa.Text(), nullable=False, server_default="")
    )
    op.add_column("conversation", sa.Column("temperature", sa.Float()))
    op.add_column("conversation", sa.Column("effort", sa.String(10)))
    sent_from = sa.Column("sent_from", sa.Integer(), nullable=False, server_default="0")
    op.add_column("conversation", sent_from)
    op.create_table(
        "assistant",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("public_id", sa.String(32), nullable=False, unique=True),
        _key("owner_id", "user_account.id"),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("picture", sa.String(16), nullable=False),
        sa.Column("system_prompt", sa.Text(), nullable=False),
        sa.Column("model", sa.String(200)),
        sa.Column("temperature", sa.Float()),
        sa.Column("effort", sa.String(10)),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sqlite_autoincrement=True,
    )
    op.add_column("user_account", sa.Column("monthly_limit", sa.String(30)))
    op.add_column("message", sa.Column("asked_by", sa.Integer()))
    op.create_table(
        "model_use",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("message_id", sa.Integer(), nullable=False, unique=True),
        sa.Column("user_id", sa.Integer(), sa.ForeignKey("user_account.id", ondelete="SET NULL")),
        sa.Column("conversation_id", sa.Integer(), nullable=False),
        sa.Column("model", sa.String(200), nullable=False),
        sa.Column("input_tokens", sa.Integer(), nullable=False),
        sa.Column("output_tokens", sa.Integer(), nullable=False),
        sa.Column("estimated", sa.Boolean(), nullable=False),
        sa.Column("cost", sa.BigInteger()),
        sa.Column("day", sa.Date(), nullable=False),
    )
    op.create_index("use_of_people", "model_use", ["user_id", "day"])
    op.create_index("use_by_day", "model_use", ["day"])
    for column in ("owner_id", "shared"):
        op.create_index(f"ix_assistant_{column}", "assistant", [column])


def downgrade() -> None:
    op.drop_table("model_use")
    op.drop_column("message", "asked_by")
    op.drop_column("user_account", "monthly_limit")
    op.drop_table("assistant")
    for column in ("sent_from", "effort", "temperature", "system_prompt"):
        op.drop_column("conversation", column)
    op.drop_table("offered_model_person")
    op.drop_table("offered_model")
    op.drop_table("model_provider")
    op.drop_column("user_account", "is_admin")


def _key(name: str, of: str, **options: bool) -> sa.Column[int]:
    reference = sa.ForeignKey(of, ondelete="CASCADE")
    return sa.Column(name, sa.Integer(), reference, nullable=False, **options)
