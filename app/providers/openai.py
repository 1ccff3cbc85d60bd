"""Chat completions, as OpenAI, OpenRouter, Ollama, vLLM, llama.cpp and many others serve them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import httpx2
import openai

from app.providers.base import Event, Turn
from app.providers.chat_completions import read_completion
from app.providers.connection import timeout
from app.providers.errors import as_sdk_error, each
from app.providers.http_provider import PLACEHOLDER_KEY, HttpProvider
from app.providers.turns import as_messages

Chunks = openai.Stream[object]


class OpenAIProvider(HttpProvider):
    """One model behind one base URL, by default those of `OPENAI_BASE_URL` and `OPENAI_API_KEY`."""

    prefix = "OPENAI"
    _asks_for_usage = True

    def events(self, turns: Sequence[Turn], http: httpx2.Client) -> Iterator[Event]:
        """Yield the answer's events, asked for through `http`."""
        with as_sdk_error(openai.OpenAIError), self._ask(turns, http) as chunks:
            yield from read_completion(each(chunks, openai.OpenAIError))

    def _ask(self, turns: Sequence[Turn], http: httpx2.Client) -> Chunks:
        try:
            return self._post(turns, http)
        except openai.APIStatusError as error:
            # Some servers refuse what they don't know, and the count is not worth an answer.
            if not self._asks_for_usage or "stream_options" not in error.message:
                raise
        self._asks_for_usage = False
        return self._post(turns, http)

    def _post(self, turns: Sequence[Turn], http: httpx2.Client) -> Chunks:
        """Ask. The SDK parses the events but builds no models: these take 8 times as long."""
        return self._sdk(http).post(
            "/chat/completions",
            body=self._body(turns),
            cast_to=object,
            stream=True,
            stream_cls=Chunks,
        )

    def _sdk(self, http: httpx2.Client) -> openai.OpenAI:
        return openai.OpenAI(
            base_url=self._base_url,
            api_key=self._api_key or PLACEHOLDER_KEY,
            http_client=http,
            timeout=timeout(self._limits),
            max_retries=0,
        )

    def _body(self, turns: Sequence[Turn]) -> dict[str, object]:
        body: dict[str, object] = {
            "model": self._model,
            "messages": as_messages(turns),
            "stream": True,
        }
        return body | ({"stream_options": {"include_usage": True}} if self._asks_for_usage else {})
