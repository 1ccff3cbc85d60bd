"""What models are called in mentions."""

from __future__ import annotations

from app.providers.handles import handles_of


def test_a_model_is_called_by_its_name_or_by_the_first_word_of_it() -> None:
    assert handles_of(["openai:gpt-5-mini", "anthropic:claude-opus-5+thinking", "demo"]) == {
        "gpt-5-mini": "openai:gpt-5-mini",
        "claude-opus-5": "anthropic:claude-opus-5+thinking",
        "demo": "demo",
        "claude-opus-5+thinking": "anthropic:claude-opus-5+thinking",
        "openai:gpt-5-mini": "openai:gpt-5-mini",
        "anthropic:claude-opus-5+thinking": "anthropic:claude-opus-5+thinking",
        "gpt": "openai:gpt-5-mini",
        "claude": "anthropic:claude-opus-5+thinking",
    }


def test_what_could_mean_several_is_left_out() -> None:
    handles = handles_of(["openai:gpt-5", "openai:gpt-5-mini", "openai:x", "anthropic:x"])
    assert "gpt" not in handles
    assert "x" not in handles
    assert handles["gpt-5"] == "openai:gpt-5"
    assert handles["anthropic:x"] == "anthropic:x"


def test_a_whole_name_counts_before_the_beginning_of_another() -> None:
    handles = handles_of(["openai:gpt-5", "openai:gpt"])
    assert handles["gpt"] == "openai:gpt"


def test_a_name_without_words_has_no_short_handle() -> None:
    assert handles_of(["openai:--"]) == {"--": "openai:--", "openai:--": "openai:--"}
