"""The models that can be asked, by the names that `MODELS` gives them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from app.config import Config, ConfigError
from app.providers import local_process
from app.providers.anthropic import AnthropicProvider
from app.providers.base import PermanentError, Stream, Turn
from app.providers.call import Pause, TimeLimits, never
from app.providers.demo import DemoProvider
from app.providers.handles import handles_of
from app.providers.http_provider import HttpProvider
from app.providers.local import LocalProvider
from app.providers.openai import BEGINS_THINKING, OpenAIProvider
from app.providers.retrying import Provider, RetryingStream

DEMO_LABEL = "{name} (no model: a script)"
LOCAL_LABEL = "SmolLM2 135M (runs here; tiny and often wrong)"
UNKNOWN = "This model is not set up here any more. Please choose another one."

BAD_ENTRY = "{entry!r} is none of demo, demo:NAME, local, openai:MODEL and anthropic:MODEL."
NO_KEY = "{entry!r} needs {prefix}_API_KEY, or {prefix}_BASE_URL of a server without keys."
NO_PACKAGES = "'local' needs the packages in requirements-local.txt."


class UnusableEntry(ConfigError):
    """An entry of a list of models is the error, not another setting that it needs."""


class Model(NamedTuple):
    """One model that can be chosen."""

    label: str
    provider: Provider


class Models:
    """All models of this process; the first is the default. `unlisted` ones can't be chosen."""

    def __init__(
        self, models: dict[str, Model], limits: TimeLimits, unlisted: dict[str, Model] | None = None
    ) -> None:
        self._models = (unlisted or {}) | models
        self._limits = limits
        self.names = list(models)
        self.default = self.names[0]
        self.handles = handles_of(self.names)

    @classmethod
    def from_config(cls, config: Config) -> Models:
        """Return the models that the settings name. Nothing is started or contacted.

        Raises ConfigError, whose sentence names the setting and the entry that can't be used.
        """
        limits = TimeLimits(
            connect=config.provider_connect_seconds,
            read=config.provider_read_seconds,
            total=config.provider_total_seconds,
        )
        models = _from_setting("MODELS", config.models or _available())
        for_titles = (config.title_model,) if config.title_model else ()
        return cls(models, limits, _from_setting("TITLE_MODEL", for_titles))

    @property
    def labels(self) -> dict[str, str]:
        """Return the names for a page of the models that can be chosen, by their names."""
        return {name: self.label(name) for name in self.names}

    def label(self, name: str) -> str:
        """Return a model's name for a page; its bare name if it is not set up any more."""
        return self._models[name].label if name in self._models else name

    def handle(self, name: str) -> str:
        """Return what a model is called after an `@`; its name if it is not set up any more."""
        return next((handle for handle, model in self.handles.items() if model == name), name)

    def stream(self, name: str, turns: Sequence[Turn], pause: Pause = never) -> Stream:
        """Return the answer to the last of `turns`: retried, within time limits, sanitized.

        `pause` returns for how many seconds nothing more is needed: what arrives meanwhile may be
        taken together. Raises PermanentError if there is no such model.
        """
        if name not in self._models:
            raise PermanentError(UNKNOWN)
        return RetryingStream(self._models[name].provider, turns, self._limits, pause)

    def close(self) -> None:
        """Stop what the models have started."""
        for model in self._models.values():
            model.provider.close()


def _available() -> tuple[str, ...]:
    return ("local", "demo") if local_process.is_installed() else ("demo",)


def _from_setting(name: str, entries: Sequence[str]) -> dict[str, Model]:
    try:
        return {entry: _model(entry) for entry in entries}
    except UnusableEntry as error:
        raise ConfigError(f"{name}: {error}") from None


def _model(entry: str) -> Model:
    kind, _, name = entry.partition(":")
    if kind == "demo" and (name or entry == "demo"):
        return Model(DEMO_LABEL.format(name=name or "Demo"), DemoProvider())
    if entry == "local":
        return _local()
    if kind == "openai" and name.removesuffix(BEGINS_THINKING):
        return _keyed(entry, name.removesuffix(BEGINS_THINKING), OpenAIProvider(name))
    if kind == "anthropic" and name:
        return _keyed(entry, name, AnthropicProvider(name))
    raise UnusableEntry(BAD_ENTRY.format(entry=entry))


def _local() -> Model:
    if not local_process.is_installed():
        raise UnusableEntry(NO_PACKAGES)
    return Model(LOCAL_LABEL, LocalProvider())


def _keyed(entry: str, label: str, provider: HttpProvider) -> Model:
    if not provider.is_configured:
        raise UnusableEntry(NO_KEY.format(entry=entry, prefix=provider.prefix))
    return Model(label, provider)
