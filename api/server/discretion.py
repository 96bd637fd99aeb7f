"""What others than the administrator may read of an error. Standard library."""

from __future__ import annotations

import re

from fusion.errors import FusionError, phrases

_FOLDERS = re.compile(r"(?<![\w.])(?:[A-Za-z]:|~)?[\\/](?:[^\\/:*?\"<>|`\n]+[\\/])+")


def discreet(failure: FusionError) -> FusionError:
    """The error with names of files, without the folders they lie in."""
    details = {name: phrases.with_texts(value, _without_folders) for name, value in failure.details.items()}
    return type(failure)(failure.reason, **details)


def _without_folders(text: str) -> str:
    return text if "://" in text else _FOLDERS.sub("", text)
