"""How many tokens a text has, for a model whose tokenizer isn't here: estimated from its bytes.

Tokenizers differ by model and are large, so we count bytes of UTF-8 instead: three for a token. In
English, where a token has about four characters, that is a third too many; Chinese has about a
character, which is three bytes, for each; code and rare scripts come near to three bytes.

What a provider reports about an answer corrects the estimate for its model: upward at once,
downward slowly, and within bounds.
"""

from __future__ import annotations

from collections.abc import Iterable

BYTES_PER_TOKEN = 3
TOKENS_PER_MESSAGE = 12  # its role, and the tags with the speaker's name
LEAST_LEARNED = 200  # tokens; of fewer, what each request has besides the text is too large a part
LOWEST, HIGHEST = 0.5, 3.0  # of what is reported, compared with the estimate
STEP_DOWN = 0.25
MOST_MODELS = 500


def estimate(texts: Iterable[str]) -> int:
    """Return about how many tokens these messages have together, rather too many than too few."""
    return sum(len(text.encode()) // BYTES_PER_TOKEN + TOKENS_PER_MESSAGE for text in texts)


def estimate_of_bytes(size: int) -> int:
    """Return about how many tokens a text of so many bytes has."""
    return size // BYTES_PER_TOKEN


class TokenFactors:
    """By model, how many tokens there really are for each estimated one. Lives in one process: a
    new one begins with the estimate, and learns from each answer."""

    def __init__(self) -> None:
        self._factors: dict[str, float] = {}

    def of(self, model: str) -> float:
        """Return the factor of a model."""
        return self._factors.get(model, 1.0)

    def learn(self, model: str, estimated: int, reported: int) -> None:
        """Take into account what a provider has reported about a request."""
        if estimated < LEAST_LEARNED:
            return
        seen, known = reported / estimated, self.of(model)
        factor = seen if seen > known else known - STEP_DOWN * (known - seen)
        self._factors.pop(model, None)
        self._factors[model] = min(max(factor, LOWEST), HIGHEST)
        if len(self._factors) > MOST_MODELS:
            del self._factors[next(iter(self._factors))]
