"""The models that can be asked: those that `MODELS` names, and those that administrators add."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from functools import cached_property

from app.config import Config, ConfigError, Price
from app.providers import local_process
from app.providers.anthropic import AnthropicProvider
from app.providers.base import PermanentError, Settings, Stream, Turn
from app.providers.call import Pause, TimeLimits, never
from app.providers.demo import DemoProvider
from app.providers.falling_back import NOTE, FallingBackStream
from app.providers.handles import handles_of
from app.providers.http_provider import HttpProvider
from app.providers.local import LocalProvider
from app.providers.model import Model
from app.providers.openai import BEGINS_THINKING, OpenAIProvider
from app.providers.retrying import RetryingStream
from app.providers.turns import question_in, without_pictures

DEMO_LABEL = "{name} (no model: a script)"
LOCAL_LABEL = "SmolLM2 135M (runs here; tiny and often wrong)"
LOCAL_WINDOW = 1_333  # a quarter is for the answer; the rest is about what the model is sent
UNSEEN = "{label} can't see pictures: it was only told their names."
UNKNOWN = "This model is not set up here any more. Please choose another one."

BAD_ENTRY = "{entry!r} is none of demo, demo:NAME, local, openai:MODEL and anthropic:MODEL."
NOT_A_MODEL = "VISION_MODELS: {entry!r} is not in MODELS."
NO_KEY = "{entry!r} needs {prefix}_API_KEY, or {prefix}_BASE_URL of a server without keys."
NO_PACKAGES = "'local' needs the packages in requirements-local.txt."


class UnusableEntry(ConfigError):
    """An entry of a list of models is the error, not another setting that it needs."""


class Models:
    """All models of this process, those of the settings first.

    `names` are those that can be chosen, and the first of them is the default. `unlisted` ones are
    only known. Without MODELS the settings have a stand-in, which is left out where there is a
    model that an administrator has added.
    """

    def __init__(
        self,
        configured: dict[str, Model],
        limits: TimeLimits,
        unlisted: dict[str, Model] | None = None,
        *,
        prices: Mapping[str, Price] | None = None,
        are_stand_ins: bool = False,
    ) -> None:
        self._configured = configured
        self._unlisted = unlisted or {}
        self._prices = prices or {}
        self._are_stand_ins = are_stand_ins
        self._limits = limits
        self._stored: dict[str, Model] = {}
        self._known = self._unlisted | configured
        self._choose(lambda model: True)

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
        for name in config.vision_models:
            if name not in models:
                raise ConfigError(NOT_A_MODEL.format(entry=name))
            models[name] = models[name]._replace(sees=True)
        for_titles = (config.title_model,) if config.title_model else ()
        unlisted = _from_setting("TITLE_MODEL", for_titles)
        return cls(models, limits, unlisted, prices=config.prices, are_stand_ins=not config.models)

    def with_stored(self, stored: dict[str, Model]) -> Models:
        """Return these models, and those that administrators have added in place of others."""
        models = copy(self)
        models._stored = stored
        models._known = self._unlisted | stored | self._configured
        models._choose(lambda model: model.audience is None or bool(model.audience))
        return models

    def offered_to(self, user_id: int) -> Models:
        """Return the same models, of which one person can choose those that are offered to them."""
        models = copy(self)
        models._choose(lambda model: model.is_offered_to(user_id))
        return models

    @property
    def configured(self) -> dict[str, str]:
        """Return the labels of the models that the settings name, by their names."""
        return {name: model.label for name, model in self._configured.items()}

    @property
    def labels(self) -> dict[str, str]:
        """Return the names for a page of the models that can be chosen, by their names."""
        return {name: self.label(name) for name in self.names}

    @property
    def all_labels(self) -> dict[str, str]:
        """Return the same, and those of models that can't be chosen, but may have answered."""
        return {name: model.label for name, model in (self._stored | self._configured).items()}

    @property
    def prices(self) -> dict[str, Price]:
        """Return what models cost, by their names, where that is known."""
        stored = {name: model.price for name, model in self._stored.items() if model.price}
        return {**self._prices, **stored}

    def price(self, name: str | None) -> Price | None:
        """Return what a model costs, where that is known."""
        stored = self._stored.get(name or "")
        return (stored and stored.price) or self._prices.get(name or "")

    def context_window(self, name: str) -> int | None:
        """Return how many tokens a model takes, with those of its answer, where that is known."""
        return self._known[name].context_window if name in self._known else None

    def sees(self, name: str) -> bool:
        """Return whether a model takes pictures."""
        return name in self._known and self._known[name].sees

    def refuses(self, name: str) -> bool:
        """Return whether there is such a model, and it can't be chosen."""
        return name in self._known and name not in self.names

    def label(self, name: str) -> str:
        """Return a model's name for a page; its bare name if it is not set up any more."""
        return self._known[name].label if name in self._known else name

    def handle(self, name: str) -> str:
        """Return what a model is called after an `@`; its name if it is not set up any more."""
        return next((handle for handle, model in self.handles.items() if model == name), name)

    @cached_property
    def handles(self) -> dict[str, str]:
        """Return the names of the models that can be chosen by what they are called."""
        return handles_of(self.names)

    def stream(
        self,
        name: str,
        turns: Sequence[Turn],
        pause: Pause = never,
        settings: Settings | None = None,
    ) -> Stream:
        """Return the answer to the last of `turns`: retried, within time limits, sanitized; by the
        model's fallback where it has one and can't answer.

        `pause` returns for how many seconds nothing more is needed: what arrives meanwhile may be
        taken together. Raises PermanentError if there is no such model.
        """
        if name not in self._known:
            raise PermanentError(UNKNOWN)
        model = self._known[name]
        how = (self._limits, pause, settings)
        first = _stream(model, turns, *how)
        fallback = model.fallback or ""
        other = self._known.get(fallback)
        if other is None or other is model:
            return first
        note = NOTE.format(asked=model.short_label, other=other.short_label)
        return FallingBackStream(first, lambda: _stream(other, turns, *how), fallback, note)

    def trial(self, name: str, turns: Sequence[Turn], limits: TimeLimits) -> Stream:
        """Return the answer of a model alone, within other limits; PermanentError as `stream`."""
        if name not in self._known:
            raise PermanentError(UNKNOWN)
        return RetryingStream(self._known[name].provider, turns, limits)

    def close(self) -> None:
        """Stop what the models have started."""
        for model in self._known.values():
            model.provider.close()

    def _choose(self, is_chosen: Callable[[Model], bool]) -> None:
        """Let these be chosen, or the stand-ins where there are no others."""
        offered = [name for name, model in self._stored.items() if is_chosen(model)]
        configured = [] if self._are_stand_ins and offered else list(self._configured)
        self.names = [*configured, *offered]
        self.default = self.names[0]
        self.__dict__.pop("handles", None)  # those of the models that it was copied from


def _stream(
    model: Model, turns: Sequence[Turn], limits: TimeLimits, pause: Pause, settings: Settings | None
) -> RetryingStream:
    """Return one model's answer: with the pictures, or with a note that it can't see them."""
    if model.sees:
        return RetryingStream(model.provider, turns, limits, pause, settings)
    is_shown = bool(turns) and bool(turns[question_in(turns)].pictures)
    note = UNSEEN.format(label=model.short_label) if is_shown else None
    return RetryingStream(model.provider, without_pictures(turns), limits, pause, settings, note)


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
    return Model(LOCAL_LABEL, LocalProvider(), context_window=LOCAL_WINDOW)


def _keyed(entry: str, label: str, provider: HttpProvider) -> Model:
    if not provider.is_configured:
        raise UnusableEntry(NO_KEY.format(entry=entry, prefix=provider.prefix))
    return Model(label, provider)
