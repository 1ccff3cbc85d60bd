"""The libraries' versions that this package was tested with; others stop the start.

The package overrides methods of these libraries and relies on how the code around them calls
these. tests/transport/test_library_assumptions.py checks each assumption.
"""

from __future__ import annotations

from importlib.metadata import version

from app.config import ConfigError

TESTED = {
    "python-engineio": "4.15",
    "python-socketio": "5.18",
    "flask-socketio": "5.7",
    "wsproto": "1.3",
    "werkzeug": "3.1",
}


def check_versions() -> None:
    """Raise ConfigError where a library has a version that was not tested."""
    for library, tested in TESTED.items():
        check_version(library, tested)


def check_version(library: str, tested: str) -> None:
    """Raise ConfigError unless a library's version is `tested` or begins with it and a dot."""
    found = version(library)
    if not f"{found}.".startswith(f"{tested}."):
        raise ConfigError(
            f"Unsupported {library} {found}: Midstream was tested with {tested}. "
            "See docs/security.md, Upgrading a library."
        )
