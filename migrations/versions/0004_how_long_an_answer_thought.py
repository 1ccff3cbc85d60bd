"""How long an answer thought, in milliseconds."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("message", sa.Column("thought_ms", sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column("message", "thought_ms")
