"""The roles of a conversation's members: owner, member, reader."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

OWNER = sa.text("role = 'owner'")


def upgrade() -> None:
    role = sa.Column("role", sa.String(10), nullable=False, server_default="member")
    op.add_column("membership", role)
    op.execute("UPDATE membership SET role = 'owner' WHERE is_owner")
    op.drop_column("membership", "is_owner")
    op.create_index(
        "one_owner_per_conversation",
        "membership",
        ["conversation_id"],
        unique=True,
        sqlite_where=OWNER,
        postgresql_where=OWNER,
    )


def downgrade() -> None:
    op.drop_index("one_owner_per_conversation", "membership")
    is_owner = sa.Column("is_owner", sa.Boolean(), nullable=False, server_default=sa.false())
    op.add_column("membership", is_owner)
    op.execute("UPDATE membership SET is_owner = true WHERE role = 'owner'")
    op.drop_column("membership", "role")
