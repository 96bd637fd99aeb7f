"""Whether the first remedy helps: it is applied, the photos are fused again, and its gauge is measured once more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from advisor.diagnosis import Action, Finding
from advisor.quality import examine
from benchmarks.diagnosis.score import Judged
from fusion.faces import FaceFinder
from fusion.photos import decode
from fusion.pipeline import Pipeline
from fusion.settings import Settings
from fusion.types import EngineName, Role

IMPROVED = 0.90  # the bar


@dataclass(frozen=True, slots=True)
class Tried:
    """A remedy that was tried. `before` and `after` are what its gauge shows."""

    judged: Judged
    finding: Finding
    before: float
    after: float | None

    @property
    def improved(self) -> bool:
        if self.after is None:
            return False
        return self.after > self.before if self.finding.gauge.startswith("-") else self.after < self.before

    def __str__(self) -> str:
        change = dict(self.finding.remedy.patch) or self.finding.remedy.action
        after = "nothing" if self.after is None else f"{self.after:.3g}"
        said = f"{self.finding.cause} {change}: {self.finding.gauge} {self.before:.3g} to {after}"
        return f"{self.judged.case.name}: {said}"


class Trier:
    """Fuses again as a remedy says."""

    def __init__(self, pipeline: Pipeline, finder: FaceFinder) -> None:
        self._pipeline = pipeline
        self._finder = finder

    def tried(self, judged: Judged) -> Tried | None:
        """The first finding's remedy; None where no setting mends it, or no measure tells."""
        if not judged.diagnosis.findings:
            return None
        finding = judged.diagnosis.findings[0]
        before = judged.diagnosis.measures.number(finding.gauge) if finding.gauge else None
        if before is None or not (finding.remedy.patch or finding.remedy.action == Action.FUSE_HERE):
            return None
        settings = finding.remedy.applied(
            judged.case.settings if judged.known else Settings(engine=EngineName.LANDMARK)
        )
        target = decode.read(judged.case.target.read_bytes(), Role.TARGET)
        source = decode.read(judged.case.source.read_bytes(), Role.SOURCE)
        result = self._pipeline.run(target, source, settings)
        examined = examine(
            target.pixels, source.pixels, result.pixels, self._finder, before=result.before, region=result.region,
            target_face=result.target_face, source_face=result.source_face,
        )  # fmt: skip
        return Tried(judged, finding, before, examined.measures.number(finding.gauge))


def summary(tried: Sequence[Tried]) -> dict[str, Any]:
    """How many were tried and helped, in all and by cause."""
    by_cause: dict[str, list[bool]] = {}
    for each in tried:
        by_cause.setdefault(str(each.finding.cause), []).append(each.improved)
    share = sum(each.improved for each in tried) / max(1, len(tried))
    return {
        "tried": len(tried),
        "improved": round(share, 4),
        "by_cause": {cause: {"n": len(good), "improved": sum(good)} for cause, good in by_cause.items()},
        "passed": share >= IMPROVED,
    }
