"""What the SDKs let through when the server or the line fails, or sends what isn't JSON."""

from __future__ import annotations

import anthropic
import httpx2
import openai

FAILURES = (
    openai.OpenAIError,
    anthropic.AnthropicError,
    httpx2.HTTPError,
    httpx2.InvalidURL,
    ValueError,  # what isn't JSON or UTF-8; a TLS connection that was cut
    RecursionError,  # JSON nested without end
    OSError,
)
