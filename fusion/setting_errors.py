"""What is said of a setting that cannot be. Pure."""

from __future__ import annotations

from fusion.errors import Phrase, Reason, SettingsInvalid

_SHOWN = 80  # characters of a wrong value that its error shows


def wrong(key: str, value: object, allowed: Phrase) -> SettingsInvalid:
    """The error of a value that is not allowed."""
    return SettingsInvalid(Reason.SETTING_VALUE, key=key, value=shown(value), allowed=allowed)


def unknown(key: str, known: str) -> SettingsInvalid:
    """The error of a name that no setting has; `known` are those that there are."""
    return SettingsInvalid(Reason.SETTING_UNKNOWN, key=shown(key), known=known)


def shown(value: object) -> str:
    """A wrong value as its error shows it: the beginning of a long one."""
    text = str(value)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
