"""Files in the database, without looking at any."""

from __future__ import annotations

from app.extensions import db
from app.models import File, FileContent, Message, MessageFile
from app.models.file_content import add_picture, add_piece
from tests.support.database import Database


def add_file(database: Database, user_id: int, message: str = "", **fields: object) -> str:
    """Store a picture that somebody has uploaded, and give it to a message if one is named; return
    its id."""

    def work() -> str:
        about = {"kind": "picture", "media_type": "image/png", "width": 60, "height": 40}
        about |= {"name": "a.png", "size": 4, "thumbnail": b"small", "tokens": 100} | fields
        content = FileContent.add("database", 4)
        add_piece(content.id, 0, b"file")
        pages = about.get("pages", 0)
        for number in range(1 if about["kind"] == "picture" else int(str(pages))):
            add_picture(content.id, number, b"seen")
        file = File.add(user_id, content_id=content.id, **about)
        if message:
            found = db.session.scalars(db.select(Message).filter_by(public_id=message)).one()
            place = len(found.files)
            db.session.add(MessageFile(message_id=found.id, file_id=file.id, place=place))
            found.files, file.is_sent = [*found.files, file.described], True
        return file.public_id

    return database.write(work)
