"""Errors in place of an answer or within it, and responses that are refused."""

from __future__ import annotations

import json

import pytest

from app.providers import errors, http_request, sse
from app.providers.base import PermanentError, ProviderError, TransientError
from tests.providers.conftest import Ask
from tests.providers.reading import chunk, read
from tests.providers.test_streams import CASES, HELLO, USUAL, answer, case, stream
from tests.support.fake_model import FakeModel
from tests.support.fake_streams import Body

pytestmark = pytest.mark.usefixtures("quick")

PAID, BUSY, OVERLOADED = errors.NO_CREDIT, errors.BUSY, errors.OVERLOADED
TROUBLE = errors.TROUBLE
ERRORS = {
    '{"error": {"code": 402, "message": "Insufficient credits"}}': PAID,
    '{"error": {"code": "402", "message": "x"}}': PAID,
    '{"error": {"code": "insufficient_quota", "type": "insufficient_quota", "message": "x"}}': PAID,
    '{"error": {"code": 429, "type": "insufficient_quota"}}': PAID,
    '{"error": {"code": 400, "message": "Your credit balance is too low"}}': PAID,
    '{"error": {"type": "invalid_request_error", "message": "Credit balance is too low"}}': PAID,
    '{"error": "402 Payment Required"}': PAID,
    '{"error": {"error": {"code": 402}}}': PAID,
    '{"choices": [{"delta": {"content": ""}, "error": {"code": 402}}]}': PAID,
    '{"error": {"code": 429, "message": "x"}}': BUSY,
    '{"error": {"code": 429.0}}': BUSY,
    '{"error": {"code": "rate_limit_exceeded"}}': BUSY,
    '{"error": {"status": "RESOURCE_EXHAUSTED", "code": 429}}': BUSY,
    '[{"error": {"status": "RESOURCE_EXHAUSTED"}}]': BUSY,
    '{"error": "Rate limit exceeded"}': BUSY,
    '{"object": "error", "message": "x", "code": 429}': BUSY,
    '{"object": "error", "type": "TooManyRequests", "message": "x", "code": null}': BUSY,
    '{"code": 429, "message": "slow down"}': BUSY,
    '{"detail": "Too many requests"}': BUSY,
    '{"type": "error", "error": {"type": "overloaded_error"}}': OVERLOADED,
    '{"error": {"message": "The engine is currently overloaded"}}': OVERLOADED,
    '{"error": {"code": 529}}': OVERLOADED,
    '{"error": {"code": 502}}': errors.TROUBLE,
    '{"error": {"code": null, "message": "boom"}}': errors.TROUBLE,
    '{"error": {"code": 1302, "message": "boom"}}': errors.TROUBLE,
    '{"error": {"code": true}}': errors.TROUBLE,
    '{"error": true}': errors.TROUBLE,
    '{"error": [{"code": 500}]}': errors.TROUBLE,
    '{"error": {"type": "server_error"}}': errors.TROUBLE,
    '{"error": {"code": 401}}': errors.BAD_KEY,
    '{"error": {"code": "invalid_api_key"}}': errors.BAD_KEY,
    '{"error": {"code": 403}}': errors.BAD_KEY,
    '{"error": {"code": "model_not_found"}}': errors.UNKNOWN_MODEL,
    '{"error": {"code": 400, "message": "x"}}': errors.BAD_REQUEST,
    '{"object": "error", "type": "BadRequestError", "message": "x"}': errors.BAD_REQUEST,
    '{"code": 429, "msg": "x"}': BUSY,
    '{"Message": "Too Many Requests"}': BUSY,
    '{"__type": "ThrottlingException", "Message": "x"}': BUSY,
    '{"errors": [{"message": "x", "code": 429}]}': BUSY,
    '{"choices": null, "code": 429, "message": "x"}': BUSY,
    '{"type": "about:blank", "title": "Unauthorized", "status": 401}': errors.BAD_KEY,
    '{"error": {"http_code": "401", "message": "x"}}': errors.BAD_KEY,
    '{"__type": "AccessDeniedException", "message": "x"}': errors.BAD_KEY,
    '{"choices": null, "base_resp": {"status_code": 1004, "status_msg": "login fail"}}': (
        errors.BAD_KEY
    ),
    '{"choices": null, "base_resp": {"status_code": 1008, "status_msg": "insufficient balance"}}': (
        PAID
    ),
    '{"error_code": 17, "error_msg": "Open api daily request limit reached"}': errors.TROUBLE,
    '{"detail": [{"loc": ["body"], "msg": "field required", "type": "missing"}]}': (
        errors.BAD_REQUEST
    ),
    '{"error": {"message": "x"}, "code": 402}': PAID,
    '{"error": "no", "status_code": 402}': PAID,
    '{"error": "Unauthorized", "status": 401}': errors.BAD_KEY,
    '{"error": {"message": "Request failed with status code 402"}}': PAID,
    '{"error": "Error code: 429 - x"}': BUSY,
    '{"error": {"code": "HTTP 429", "message": "x"}}': BUSY,
    '{"error": {"message": "{\\"error\\":{\\"code\\":404}}"}}': errors.UNKNOWN_MODEL,
    '{"error": {"type": "invalid_request_error", "message": "Error: 500"}}': errors.BAD_REQUEST,
    '{"error": {"code": 503, "message": "The model is overloaded.", "status": "UNAVAILABLE"}}': (
        OVERLOADED
    ),
    '{"message": "boom"}': TROUBLE,
    '{"error": {"code": 1e400, "message": "x"}}': TROUBLE,
    '{"error": {"code": -1, "message": "x"}}': TROUBLE,
    '{"error": {"code": 42900, "message": "x"}}': TROUBLE,
    '{"error": {"code": "content_filter", "message": "x"}}': errors.BLOCKED,
    '{"error": {"code": 400, "message": "Input data may contain inappropriate content."}}': (
        errors.BLOCKED
    ),
    '{"error": {"code": 403, "message": "Your input was flagged"}}': errors.BLOCKED,
    '{"type": "error", "error": {"type": "request_too_large", "message": "x"}}': errors.TOO_LONG,
    '{"error": {"code": "context_length_exceeded", "type": "invalid_request_error"}}': (
        errors.TOO_LONG
    ),
    '{"error": {"code": 400, "message": "the request exceeds the available context size"}}': (
        errors.TOO_LONG
    ),
}
MAY_PASS = (BUSY, OVERLOADED, errors.TROUBLE)


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("framed", ["data", "event", "json"])
def test_an_error_in_place_of_an_answer_has_a_sentence(
    error: str, framed: str, ask: Ask, fake: FakeModel
) -> None:
    body = {
        "data": stream(error),
        "event": b"event: error\n" + stream(error, done=""),
        "json": error.encode(),
    }[framed]
    fake.bodies["body"] = Body(body, "application/json" if framed == "json" else "text/plain")
    got = read(ask("openai:body"))
    assert got.events == []
    assert got.error and got.error.sentence == ERRORS[error]
    may_pass = ERRORS[error] in MAY_PASS
    assert isinstance(got.error, TransientError if may_pass else PermanentError)
    assert len(fake.requests) == (3 if may_pass else 1)


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"event: error\ndata: overloaded\n\n", OVERLOADED),
        (b'event: error\ndata: {"message":"boom","type":"overloaded_error"}', OVERLOADED),
        (b'event:error\ndata:{"code":402}\n\n', PAID),
        (b'error: {"code":503,"message":"Loading model","type":"unavailable_error"}\n\n', TROUBLE),
        (b'event: x\ndata: {}\nevent: error\ndata: {"message": "overloaded"}\n\n', OVERLOADED),
        (b'data: {"message": "boom"}\n\ndata: [DONE]\n\n', TROUBLE),
        (b'data: {"detail": "Your balance has no credit"}\n\n', PAID),
        (b'data: {"choices": [], "x_groq": {"error": "Rate limit reached"}}\n\n', BUSY),
    ],
)
def test_every_form_of_an_error_event_has_a_sentence(
    body: bytes, sentence: str, ask: Ask, fake: FakeModel
) -> None:
    got = answer(ask, fake, Body(stream(chunk({"content": "So"}), done="") + body))
    assert (got.text, got.error and got.error.sentence) == ("So", sentence)


@pytest.mark.parametrize(
    ("name", "text", "sentence", "requests"),
    [
        ("error-mid-402-code", "", PAID, 1),
        ("error-mid-429-code", "", BUSY, 3),
        ("error-event", HELLO, OVERLOADED, 1),
    ],
)
def test_an_error_in_the_middle_keeps_the_text(
    name: str, text: str, sentence: str, requests: int, ask: Ask, fake: FakeModel
) -> None:
    fake.bodies["body"] = case(f"{name}.sse")
    got = read(ask("openai:body"))
    assert (got.text, got.error and got.error.sentence) == (text, sentence)
    assert len(fake.requests) == requests


STATUSES: list[tuple[int, str, str]] = [
    (400, '{"error": {"message": "Your credit balance is too low"}}', PAID),
    (429, '{"error": {"code": "insufficient_quota", "message": "x"}}', PAID),
    (429, '{"error": {"code": "rate_limit_exceeded", "message": "see billing"}}', BUSY),
    (400, '{"error": {"message": "prompt is too long: 9000 tokens > 8000"}}', errors.TOO_LONG),
    (400, "This model's maximum context length is 8192 tokens.", errors.TOO_LONG),
    (500, '{"error": {"message": "context size has been exceeded"}}', errors.TOO_LONG),
    *(
        (400, json.dumps({"error": {"message": message}}), errors.TOO_LONG)
        for message in [
            "`inputs` tokens + `max_new_tokens` must be <= 4096. Given: 5000 `inputs` tokens",
            "`inputs` must have less than 8193 tokens. Given: 9000",
            "This model's maximum prompt length is 131072 but the request contains 150000 tokens.",
            "Your request exceeded model token limit: 8192",
            "Range of input length should be [1, 30720]",
            "input length and `max_tokens` exceed context limit: 188240 + 21333 > 200000",
            "The input token count (1200000) exceeds the maximum number of tokens allowed",
            "too many tokens: total number of tokens in the prompt cannot exceed 4081",
            "The input (9000 tokens) is longer than the model's context length (8192 tokens)",
        ]
    ),
    (400, '{"error": {"code": "content_filter", "message": "x"}}', errors.BLOCKED),
    (403, '{"error": {"message": "Your input was flagged"}}', errors.BLOCKED),
    (403, '{"error": {"message": "x"}}', errors.BAD_KEY),
    (429, '{"error": {"code": "rate_limit", "message": "content policy"}}', BUSY),
    (418, "<html>", errors.REFUSED),
    (502, "<html>", errors.TROUBLE),
    (500, '{"error": {"message": "bad response status code 401"}}', errors.BAD_KEY),
    (502, '{"error": {"code": 402, "message": "x"}}', PAID),
    (503, '{"error": {"message": "The model is overloaded"}}', OVERLOADED),
    (500, '{"error": {"code": 1234, "message": "x"}}', errors.TROUBLE),
    (503, "[" * 60_000, errors.TROUBLE),
    (400, (CASES / "roles-400.json").read_text(), errors.BAD_REQUEST),
]


@pytest.mark.parametrize(("status", "body", "sentence"), STATUSES)
def test_a_status_has_the_sentence_of_its_body(
    status: int, body: str, sentence: str, ask: Ask, fake: FakeModel
) -> None:
    fake.bodies["body"] = Body(body.encode(), "application/json", status)
    error = read(ask("openai:body")).error
    assert error and error.sentence == sentence
    assert len(fake.requests) == (3 if sentence in MAY_PASS else 1)


MANY = "0," * 100_000
MANY_CHOICES = f'{{"choices": [{MANY} 0]}}'
MANY_PARTS = f'{{"choices": [{{"delta": {{"content": [{MANY} 0]}}}}]}}'
MANY_THOUGHTS = f'{{"choices": [{{"delta": {{"reasoning_details": [{MANY} 0]}}}}]}}'


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        pytest.param(b"data: " + b"x" * 1_000_001, sse.TOO_LARGE, id="a line"),
        pytest.param(b"data: x\n" * 600_000, sse.TOO_LARGE, id="an event"),
        pytest.param(b"{" + b" " * 1_000_001, sse.TOO_LARGE, id="a body"),
        pytest.param(b"{\n" * 600_000, sse.TOO_LARGE, id="the lines of a body"),
        pytest.param(b"data: [" + b"{}," * 300_000 + b"{}]\n\n", sse.TOO_LARGE, id="a list"),
        pytest.param(stream(MANY_CHOICES), sse.TOO_LARGE, id="choices"),
        pytest.param(stream(MANY_PARTS), sse.TOO_LARGE, id="parts"),
        pytest.param(stream(MANY_THOUGHTS), sse.TOO_LARGE, id="thoughts"),
    ],
)
def test_a_line_event_or_body_that_is_too_large_is_refused(
    body: bytes, sentence: str, ask: Ask, fake: FakeModel
) -> None:
    fake.bodies["body"] = Body(body)
    got = read(ask("openai:body"))
    assert isinstance(got.error, PermanentError)
    assert got.error.sentence == sentence
    assert len(fake.requests) == 1


def test_a_compressed_response_is_refused(ask: Ask, fake: FakeModel) -> None:
    fake.bodies["body"] = Body(USUAL, "text/event-stream\r\nContent-Encoding: gzip")
    error = read(ask("openai:body")).error
    assert isinstance(error, ProviderError) and error.sentence == http_request.ENCODED
    assert fake.requests[0].headers["Accept-Encoding"] == "identity"
