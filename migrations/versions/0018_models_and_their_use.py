"""Administrators, and the models and providers that they add."""

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


def downgrade() -> None:
    op.drop_table("offered_model_person")
    op.drop_table("offered_model")
    op.drop_table("model_provider")
    op.drop_column("user_account", "is_admin")


def _key(name: str, of: str, **options: bool) -> sa.Column[int]:
    reference = sa.ForeignKey(of, ondelete="CASCADE")
    return sa.Column(name, sa.Integer(), reference, nullable=False, **options)
