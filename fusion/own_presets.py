"""Settings that people keep by a name of their own, in the same database as their jobs. Standard library.

A preset says some settings and leaves the others as they are. It belongs to an owner, as a job does.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from fusion.errors import Reason, SettingsInvalid
from fusion.settings import Settings
from fusion.storage import Store

MOST = 12  # presets of one owner
LONGEST = 40  # characters of a name


@dataclass(frozen=True, slots=True)
class OwnPreset:
    """One of them.

    Attributes:
        body: the settings that it says, as JSON types.
        made: seconds since the epoch.
    """

    name: str
    body: Mapping[str, Any]
    made: float = field(default_factory=time.time)

    @property
    def settings(self) -> Settings:
        """Those, and the defaults of the others.

        Raises:
            SettingsInvalid: another version wrote it.
        """
        return Settings.from_json(self.body)


class OwnPresets:
    """All in a store.

    Args:
        store: the file.

    Every method may raise the FusionError of `Store.write`.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def listed(self, owner: str) -> tuple[OwnPreset, ...]:
        """An owner's, the oldest first."""
        with self._store.read() as file:
            asked = "SELECT name, settings, made FROM own_presets WHERE owner = ? ORDER BY made, name"
            return tuple(OwnPreset(name, json.loads(text), made) for name, text, made in file.execute(asked, [owner]))

    def keep(self, owner: str, preset: OwnPreset, *, replaces: bool = False) -> OwnPreset:
        """Keep one, under its name without what surrounds it.

        Args:
            replaces: whether one of that name gives way; it leaves its place in the list.

        Raises:
            SettingsInvalid: "preset_name"; "preset_taken"; "presets_too_many".
        """
        kept = replace(preset, name=named(preset.name))
        with self._store.write() as file:
            found = _made(file, owner, kept.name)
            if found is not None and not replaces:
                raise SettingsInvalid(Reason.PRESET_TAKEN, name=kept.name)
            (count,) = file.execute("SELECT COUNT(*) FROM own_presets WHERE owner = ?", [owner]).fetchone()
            if found is None and count >= MOST:
                raise SettingsInvalid(Reason.PRESETS_TOO_MANY, limit=MOST)
            kept = kept if found is None else replace(kept, made=found)
            row = [owner, kept.name, json.dumps(dict(kept.body)), kept.made]
            file.execute("INSERT OR REPLACE INTO own_presets VALUES (?, ?, ?, ?)", row)
        return kept

    def rename(self, owner: str, name: str, new: str) -> str:
        """Give one another name, which is returned as it is kept; one that is gone stays so.

        Raises:
            SettingsInvalid: "preset_name"; "preset_taken".
        """
        new = named(new)
        with self._store.write() as file:
            if new != name and _made(file, owner, new) is not None:
                raise SettingsInvalid(Reason.PRESET_TAKEN, name=new)
            file.execute("UPDATE own_presets SET name = ? WHERE owner = ? AND name = ?", [new, owner, name])
        return new

    def remove(self, owner: str, name: str) -> None:
        """Forget one, if it is there."""
        with self._store.write() as file:
            file.execute("DELETE FROM own_presets WHERE owner = ? AND name = ?", [owner, name])

    def forget(self, owner: str | None) -> None:
        """Forget an owner's, or everybody's."""
        with self._store.write() as file:
            file.execute("DELETE FROM own_presets WHERE ?1 IS NULL OR owner = ?1", [owner])

    def count(self, owner: str | None) -> int:
        """How many an owner has, or everybody."""
        with self._store.read() as file:
            asked = "SELECT COUNT(*) FROM own_presets WHERE ?1 IS NULL OR owner = ?1"
            return int(file.execute(asked, [owner]).fetchone()[0])


def named(name: str) -> str:
    """A name as it is kept: on one line, without what surrounds it.

    Raises:
        SettingsInvalid: "preset_name": empty, too long, or with characters that nobody sees.
    """
    kept = " ".join(name.split())
    if not kept or len(kept) > LONGEST or not kept.isprintable():
        raise SettingsInvalid(Reason.PRESET_NAME, limit=LONGEST)
    return kept


def _made(file: sqlite3.Connection, owner: str, name: str) -> float | None:
    found = file.execute("SELECT made FROM own_presets WHERE owner = ? AND name = ?", [owner, name]).fetchone()
    return None if found is None else float(found[0])
