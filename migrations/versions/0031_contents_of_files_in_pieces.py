"""The contents of files in pieces, or in another store; how many pages of a file are pictures.

One file at a time is in memory. Until the end of the migration the database has all contents twice.
The columns that had them stay: processes of the version before may still run, and take files.
"""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0024"

PIECE_BYTES = 256_000
NEVER_REUSED = {"sqlite_autoincrement": True}


def upgrade() -> None:
    _create_tables()
    op.add_column("file", sa.Column("content_id", sa.Integer()))
    pages = sa.Column("pages", sa.Integer(), nullable=False, server_default="0")
    op.add_column("file", pages)
    _move_contents(op.get_bind())
    with op.batch_alter_table("file", table_kwargs=NEVER_REUSED) as file:
        file.create_foreign_key("file_content_id_fkey", "file_content", ["content_id"], ["id"])
        file.create_index("ix_file_content_id", ["content_id"])


def downgrade() -> None:
    """Move back the contents that are in the database; those in another store are lost to it."""
    _move_back(op.get_bind())
    with op.batch_alter_table("file", table_kwargs=NEVER_REUSED) as file:
        file.drop_index("ix_file_content_id")
        file.drop_constraint("file_content_id_fkey", type_="foreignkey")
        file.drop_column("content_id")
        file.drop_column("pages")
    op.drop_table("file_picture")
    op.drop_table("file_piece")
    op.drop_table("file_content")


def _create_tables() -> None:
    op.create_table(
        "file_content",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(32), nullable=False),
        sa.Column("store", sa.String(12), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("is_used", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("public_id"),
        sqlite_autoincrement=True,
    )
    unused = sa.text("NOT is_used")
    op.create_index(
        "unused_contents",
        "file_content",
        ["created_at"],
        sqlite_where=unused,
        postgresql_where=unused,
    )
    op.create_table(
        "file_piece",
        sa.Column("content_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["content_id"], ["file_content.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("content_id", "number"),
    )
    op.create_table(
        "file_picture",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("content_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["content_id"], ["file_content.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("pictures_of_a_content", "file_picture", ["content_id", "number"], unique=True)


def _move_contents(connection: sa.Connection) -> None:
    """Give each file a content with the file's own key and id."""
    connection.execute(
        sa.text(
            "INSERT INTO file_content (id, public_id, store, size, is_used, created_at)"
            " SELECT id, public_id, 'database', size, true, created_at FROM file"
        )
    )
    connection.execute(sa.text("UPDATE file SET content_id = id"))
    if connection.dialect.name == "postgresql":
        keys = "SELECT setval('file_content_id_seq', max(id)) FROM file_content HAVING max(id) > 0"
        connection.execute(sa.text(keys))
    for key in connection.scalars(sa.text("SELECT id FROM file ORDER BY id")).all():
        _move(connection, key)


def _move(connection: sa.Connection, key: int) -> None:
    found = sa.text("SELECT content, picture FROM file WHERE id = :key")
    content, picture = connection.execute(found, {"key": key}).one()
    data = memoryview(content or b"")
    for number, start in enumerate(range(0, len(data), PIECE_BYTES)):
        piece = bytes(data[start : start + PIECE_BYTES])
        _insert(connection, "file_piece", key, number, piece)
    if picture:
        _insert(connection, "file_picture", key, 0, bytes(picture))
    emptied = "UPDATE file SET content = NULL, picture = NULL WHERE id = :key"
    connection.execute(sa.text(emptied), {"key": key})


def _insert(connection: sa.Connection, table: str, key: int, number: int, data: bytes) -> None:
    added = f"INSERT INTO {table} (content_id, number, data) VALUES (:key, :number, :data)"
    connection.execute(sa.text(added), {"key": key, "number": number, "data": data})


def _move_back(connection: sa.Connection) -> None:
    pieces = sa.text("SELECT data FROM file_piece WHERE content_id = :key ORDER BY number")
    picture = sa.text("SELECT data FROM file_picture WHERE content_id = :key AND number = 0")
    filled = sa.text("UPDATE file SET content = :content, picture = :picture WHERE id = :id")
    for key, content_id in connection.execute(sa.text("SELECT id, content_id FROM file")).all():
        data = b"".join(map(bytes, connection.scalars(pieces, {"key": content_id})))
        seen = connection.scalar(picture, {"key": content_id})
        connection.execute(filled, {"id": key, "content": data or None, "picture": seen})
