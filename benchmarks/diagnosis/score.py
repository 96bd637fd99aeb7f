"""What the diagnosis says of each case, as of a stranger's result and with the run known; and how often it is right."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from advisor import quality
from advisor.diagnosis import Cause, Diagnosis, run_rules
from advisor.quality import FaceQuality, Measures, PairQuality, PhotoQuality, ResultQuality, Run, examine
from benchmarks.diagnosis.case import Case
from fusion.faces import FaceFinder
from fusion.faces.finder import Search
from fusion.photos import decode
from fusion.sizing import Rect
from fusion.types import EngineName, Role, Size

FIRST, SECOND, ALARMS = 0.90, 0.97, 0.05  # the bars


@dataclass(frozen=True, slots=True)
class Judged:
    """A case and what was found."""

    case: Case
    known: bool  # whether the run was
    diagnosis: Diagnosis
    seconds: float

    @property
    def causes(self) -> list[Cause]:
        return [finding.cause for finding in self.diagnosis.findings]

    def is_right(self, within: int) -> bool:
        """Whether the cause is among the first so many."""
        return any(cause in self.case.expected for cause in self.causes[:within])


class _Remembering(FaceFinder):
    """A finder that looks once for the faces of each picture: a set has the same photos in many cases."""

    def __init__(self) -> None:
        super().__init__()
        self._found: dict[bytes, Search] = {}

    def find(self, pixels: np.ndarray) -> Search:
        key = hashlib.sha256(pixels.tobytes()).digest()
        if key not in self._found:
            self._found[key] = super().find(pixels)
        return self._found[key]


class Examiner:
    """Measures cases, and remembers the numbers as long as the code that measures stays as it is."""

    def __init__(self) -> None:
        self._finder = _Remembering()
        self._read = lru_cache(maxsize=8)(_pixels)

    def close(self) -> None:
        """Free the finder."""
        self._finder.close()

    def judged(self, case: Case, *, known: bool) -> Judged:
        """What the diagnosis says."""
        measures, seconds = self._measures(case, known=known)
        run = Run(case.settings, EngineName.LANDMARK, case.settings) if known else None
        return Judged(case, known, run_rules.diagnose(measures, run), seconds)

    def _measures(self, case: Case, *, known: bool) -> tuple[Measures, float]:
        kept = case.result.with_suffix(f".{'known' if known else 'stranger'}.json")
        if kept.exists():
            entry = json.loads(kept.read_text())
            if entry["code"] == _code():
                return _measures(entry["measures"]), entry["seconds"]
        measures, seconds = self._examined(case, known=known)
        kept.write_text(json.dumps({"code": _code(), "seconds": seconds, "measures": measures.to_json()}))
        return measures, seconds

    def _examined(self, case: Case, *, known: bool) -> tuple[Measures, float]:
        target, source = self._read(case.target), self._read(case.source)
        before = self._read(case.before) if known else None
        region = Rect(*case.region) if known else None
        begin = time.perf_counter()
        examined = examine(
            target, source, _pixels(case.result), self._finder, before=before, region=region,
            target_bytes=case.target.stat().st_size, source_bytes=case.source.stat().st_size,
        )  # fmt: skip
        return examined.measures, time.perf_counter() - begin


def _pixels(path: Path) -> np.ndarray:
    """Of a file, as a stranger's is read."""
    return decode.read(path.read_bytes(), Role.TARGET).pixels


@cache
def _code() -> str:
    """Changes where a file that measures does."""
    files = sorted(Path(quality.__file__).parent.glob("*.py"))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:12]


def _measures(entry: dict[str, Any]) -> Measures:
    pair, result = entry["pair"], entry["result"]
    return Measures(
        target=_photo(entry["target"]),
        source=_photo(entry["source"]),
        pair=PairQuality(**pair) if pair else None,
        result=ResultQuality(**result | {"size": Size(**result["size"])}) if result else None,
    )


def _photo(entry: dict[str, Any] | None) -> PhotoQuality | None:
    if entry is None:
        return None
    face = FaceQuality(**entry["face"]) if entry["face"] else None
    return PhotoQuality(**entry | {"size": Size(**entry["size"]), "faces_px": tuple(entry["faces_px"]), "face": face})


def summary(judged: Sequence[Judged]) -> dict[str, Any]:
    """How often the cause was first and among the first two, and how often clean ones were called faulty."""
    faulty = [each for each in judged if each.case.expected]
    clean = [each for each in judged if not each.case.expected]
    first, second = (_share(each.is_right(within) for each in faulty) for within in (1, 2))
    alarms = _share(bool(each.diagnosis.findings) for each in clean)
    return {
        "faulty": len(faulty),
        "first": first,
        "first_two": second,
        "clean": len(clean),
        "alarms": alarms,
        "serious_alarms": _share(each.diagnosis.is_serious for each in clean),
        "passed": first >= FIRST and second >= SECOND and alarms <= ALARMS,
    }


def by_fault(judged: Sequence[Judged]) -> dict[str, dict[str, Any]]:
    """For each fault and grade: how many, and how often its cause was first and among the first two."""
    groups: dict[str, list[Judged]] = {}
    for each in judged:
        if each.case.expected:
            groups.setdefault(f"{each.case.fault} {each.case.grade}".strip(), []).append(each)
    return {
        name: {
            "n": len(group),
            "first": sum(e.is_right(1) for e in group),
            "first_two": sum(e.is_right(2) for e in group),
        }
        for name, group in groups.items()
    }


def misses(judged: Iterable[Judged]) -> list[str]:
    """What was not first, and every alarm over a clean one, in words."""
    told = []
    for each in judged:
        said = ", ".join(f"{f.cause} {f.confidence:.2f}" for f in each.diagnosis.findings) or "nothing"
        if each.case.expected and not each.is_right(1):
            told.append(f"{each.case.name}: {said}")
        if not each.case.expected and each.diagnosis.findings:
            told.append(f"{each.case.name}: alarm: {said}")
    return told


def _share(hits: Iterable[bool]) -> float:
    counted = list(hits)
    return round(sum(counted) / len(counted), 4) if counted else 0.0
