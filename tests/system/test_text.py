"""Text is the same for every reader, wherever the model splits it into pieces."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from app.markdown import render
from tests.support.agreement import agreed
from tests.support.cast import Cast
from tests.support.database import Database
from tests.support.fake_model import FakeModel
from tests.support.fake_streams import completion
from tests.support.reader import Reader
from tests.support.waiting import eventually

pytestmark = pytest.mark.system
Read = Callable[..., Reader]

FAMILY = "👨‍👩‍👧‍👦"
CODE = '```python\nprint("hello")\n```\n\nDone.\n'
TABLE = "| a | b |\n|---|---|\n| 1 | [x](https://example.org/y) |\n"
HTML = "<b>&amp;</b> <script>alert(1)</script>"
NFD = "e\u0301a\u0308\u0323"

# name: (pieces as the model sends them, the text as it must be in the end)
CASES: dict[str, tuple[list[str], str]] = {
    "family": (list(f"A {FAMILY} family"), f"A {FAMILY} family"),
    "marks": (list(f"{NFD} {NFD}"), f"{NFD} {NFD}"),
    "surrogates": (["a\ud83d", "\ude00b\ud83d", "", "\ude00"], "a😀b😀"),
    "lone": (["a\ud83d", "b", "\ude00c\ud83d"], "a\ufffdb\ufffdc\ufffd"),
    "crlf": (["one\r", "\ntwo\r\n", "\r", "three\n"], "one\r\ntwo\r\n\rthree\n"),
    "nul": (["a\0", "\0b"], "a\ufffd\ufffdb"),
    "empty": (["", "a", "", "", "b", ""], "ab"),
    "nothing": (["", ""], ""),
    "code": (list(CODE), CODE),
    "table": (list(TABLE), TABLE),
    "html": (list(HTML), HTML),
}
PIECES_A_SECOND = 60


@pytest.fixture(scope="module")
def settings() -> Iterator[dict[str, str]]:
    """A model for each case."""
    with FakeModel() as model:
        for name, (pieces, _) in CASES.items():
            model.streams[name] = completion(pieces)
        models = ",".join(map(model_name, CASES))
        yield {"MODELS": models, "OPENAI_BASE_URL": f"{model.url}/v1"}


@pytest.mark.parametrize("case", CASES)
def test_split_text_is_exact_for_every_reader(
    case: str, database: Database, cast: Cast, read: Read
) -> None:
    text = CASES[case][1]
    where = database.conversation(cast.olive, cast.max, model=model_name(case))
    olive, max = read(cast.olive, where), read(cast.max, where)

    reply = olive.send("Say it.")["reply"]

    stored = agreed([olive, max], reply, database)
    assert (stored.status, stored.content) == ("complete", text)
    late = read(cast.max, where)
    assert late.message(reply).content == text
    eventually(lambda: database.html(reply) == render(text))


def model_name(case: str) -> str:
    """Return the name in `MODELS` of a case's model."""
    return f"openai:{case}@{PIECES_A_SECOND}"
