"""On PostgreSQL, too, conversations come in once and go out, and a person has one active job."""

from __future__ import annotations

import io
from zipfile import ZipFile

import pytest

from app.errors import Conflict
from app.exporting.archive import Pieces, write_archive
from app.exporting.conversation import JSON
from app.jobs import begin
from app.models.job import Kind, State
from tests.importing import examples
from tests.importing.conftest import Imports
from tests.support.cast import Cast
from tests.support.harness import Harness

pytestmark = pytest.mark.postgres


def test_conversations_come_in_and_go_out(harness: Harness, cast: Cast) -> None:
    imports = Imports()
    everything = [examples.bees(), examples.tea(), examples.stars(), examples.rivers()]
    assert imports.these(cast.olive, *everything)["outcomes"] == {"added": 4}
    assert imports.these(cast.olive, *everything)["outcomes"] == {"unchanged": 4}
    pieces: list[bytes] = []
    file = Pieces(pieces.append, 1_000)
    assert write_archive(imports.key(cast.olive), JSON, file, lambda *_: None) == (4, 0, 0)
    file.close()
    with ZipFile(io.BytesIO(b"".join(pieces))) as archive:
        assert archive.testzip() is None
    begin(imports.key(cast.olive), Kind.EXPORT, State.WAITING)
    with pytest.raises(Conflict):
        begin(imports.key(cast.olive), Kind.PREVIEW, State.WAITING)
