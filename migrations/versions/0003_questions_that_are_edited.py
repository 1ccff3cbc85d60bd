"""Questions that are edited: which one each has replaced."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

EDIT = sa.text("replaces IS NOT NULL")


def upgrade() -> None:
    op.add_column("message", sa.Column("replaces", sa.String(length=32), nullable=True))
    op.create_index("edits", "message", ["replaces"], sqlite_where=EDIT, postgresql_where=EDIT)


def downgrade() -> None:
    op.drop_index("edits", "message")
    op.drop_column("message", "replaces")
