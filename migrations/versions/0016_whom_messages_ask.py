"""Which messages of a conversation ask a model, and whom each asks and mentions."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    asking = sa.Column("asking", sa.String(10), nullable=False, server_default="every")
    op.add_column("conversation", asking)
    op.add_column("message", sa.Column("asks", sa.Text(), nullable=True))
    op.add_column("message", sa.Column("mentions", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("message", "mentions")
    op.drop_column("message", "asks")
    op.drop_column("conversation", "asking")
