"""One result of the labelled set, with its photos and what is wrong with it; and its entry in the set's list."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from advisor.diagnosis import Cause
from benchmarks.diagnosis.pairs import CleanPair
from fusion.settings import Settings


@dataclass(frozen=True, slots=True)
class Case:
    """One result with its photos, as files; `expected` is empty for a clean one.

    `grade` says how strong the fault is. `settings` are those of the fusion, before anything was done to the result.
    `before` is the target at the fusion's size.
    """

    pair: str
    held_out: bool
    fault: str
    grade: str
    expected: tuple[Cause, ...]
    settings: Settings
    target: Path
    source: Path
    result: Path
    before: Path
    region: tuple[int, int, int, int]

    @property
    def name(self) -> str:
        return f"{self.pair}, {self.fault} {self.grade}".strip()


def to_json(case: Case) -> dict[str, Any]:
    """Plain JSON types; of files their names alone."""
    entry = asdict(case) | {"settings": case.settings.to_json()}
    return {key: value.name if isinstance(value, Path) else value for key, value in entry.items()}


def from_json(entry: dict[str, Any], pair: CleanPair, room: Path) -> Case:
    """What `to_json` gave, its files in `room`."""
    files = {key: room / str(entry[key]) for key in ("target", "source", "result", "before")}
    settings = Settings.from_json(entry["settings"])
    expected = tuple(Cause(name) for name in entry["expected"])
    given = {"pair": pair.name, "held_out": pair.held_out, "region": tuple(entry["region"])}
    return Case(**{**entry, **given, **files, "settings": settings, "expected": expected})
