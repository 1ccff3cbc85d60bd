"""Tokens are estimated, and what providers report corrects that."""

from __future__ import annotations

import pytest

from app.providers.tokens import HIGHEST, LOWEST, MOST_MODELS, TokenFactors, estimate
from tests.providers.reading import NAMES, content_of, recording


def test_the_estimate_is_by_bytes_and_messages() -> None:
    assert estimate([]) == 0
    assert estimate(["", "abc", "语言"]) == 3 * 12 + 0 + 1 + 2


@pytest.mark.parametrize("name", NAMES)
def test_the_estimate_is_not_lower_than_what_real_models_counted(name: str) -> None:
    """Models stream about a token at a time."""
    events, content = recording(name), content_of(recording(name))
    assert estimate([content.thinking + content.text]) > 0.7 * min(len(events), 100)


def test_a_factor_rises_at_once_and_sinks_slowly() -> None:
    factors = TokenFactors()
    factors.learn("m", 199, 10_000)
    assert factors.of("m") == 1.0, "of so few tokens it says nothing"
    factors.learn("m", 1000, 1600)
    assert factors.of("m") == 1.6
    factors.learn("m", 1000, 800)
    assert factors.of("m") == pytest.approx(1.4)
    assert factors.of("other") == 1.0


def test_no_report_has_an_effect_without_bounds() -> None:
    factors = TokenFactors()
    factors.learn("m", 1000, 2**31 - 1)
    assert factors.of("m") == HIGHEST
    for _ in range(20):
        factors.learn("m", 1000, 0)
    assert factors.of("m") == LOWEST
    for number in range(MOST_MODELS):
        factors.learn(str(number), 1000, 1000)
    assert factors.of("m") == 1.0, "the one that was asked longest ago is forgotten"
