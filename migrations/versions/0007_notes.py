"""A sentence about an answer that is not all that was meant."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("message", sa.Column("note", sa.String(500), nullable=True))


def downgrade() -> None:
    op.drop_column("message", "note")
