"""Whether the visible label is drawn into what this person writes here, and in which language."""

from __future__ import annotations

import os

from fusion import config
from fusion.labels import Choice, Standing
from fusion.storage import FILE, Archive, Store

_SPOKEN = ("LC_ALL", "LC_MESSAGES", "LANG")  # of whoever sits here; the first one that is set


def standing() -> Standing:
    """How it is for this person, whose answer nobody has to have kept.

    Raises:
        FusionError: the answer cannot be read.
    """
    there = store()
    return Choice(Archive(there) if there.exists else _Nothing()).standing(spoken())


def store() -> Store:
    """The database of this data folder, which need not be there."""
    return Store(config.load().data / FILE)


def spoken() -> str:
    """The language of whoever sits here, as their system names it."""
    return next((value for name in _SPOKEN if (value := os.environ.get(name))), "")


class _Nothing:
    """The options of a data folder in which there is no database, which a look shall not make."""

    def option(self, name: str) -> str | None:
        return None

    def choose(self, name: str, value: str) -> None:
        raise NotImplementedError
