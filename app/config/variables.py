"""How a setting is read from an environment variable, and what an error says."""

from __future__ import annotations

from collections.abc import Mapping

SHOWN = 40  # characters of an invalid value

Env = Mapping[str, str]


class ConfigError(ValueError):
    """A setting that the app can't start with; its text is a sentence for the operator."""


def number(env: Env, name: str, default: float, *, least: float, most: float) -> float:
    """Return a variable's value, whole where the default is, from `least` to `most`."""
    kind, what = (int, "a whole number") if isinstance(default, int) else (float, "a number")
    text = env.get(name) or str(default)
    try:
        value = kind(text)
    except ValueError:
        raise ConfigError(f"{name} must be {what}, not {text[:SHOWN]!r}.") from None
    if not least <= value <= most:  # `nan` is not
        raise ConfigError(f"{name} must be from {least} to {most}, not {text[:SHOWN]}.")
    return value


def choice(env: Env, name: str, choices: tuple[str, ...]) -> str:
    """Return a variable's value; the first choice where it is not set."""
    value = env.get(name) or choices[0]
    if value not in choices:
        raise ConfigError(f"{name} must be one of {', '.join(choices)}, not {value!r}.")
    return value


def names(text: str) -> tuple[str, ...] | None:
    """Return what a text has between commas; None if that is nothing."""
    return tuple(name.strip() for name in text.split(",") if name.strip()) or None
