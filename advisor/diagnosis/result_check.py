"""What the short check after a job came to, as it is kept beside the job. Nouns alone. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from advisor.diagnosis.thresholds import THRESHOLDS
from advisor.diagnosis.types import Action, Cause, Diagnosis, Finding, Level, Remedy, Symptom
from fusion.errors import FusionError, revived
from fusion.types import SAME_PERSON

VERSION = 1  # of what is kept; a verdict of another one is none


@dataclass(frozen=True, slots=True)
class Verdict:
    """That a job ran is known without it; this says whether the face has changed, and whether the result is good.

    Attributes:
        findings: the likeliest first.
        change: mean ΔE between result and target within the face; None where it could not be measured.
        measures: as `Measures.to_json` gives them.
        error: why the result could not be checked; None where it was.
        seconds: that the check took.
    """

    findings: tuple[Finding, ...] = ()
    change: float | None = None
    measures: Mapping[str, Any] = field(default_factory=dict)
    error: FusionError | None = None
    seconds: float = 0.0

    @classmethod
    def of(cls, diagnosis: Diagnosis, seconds: float) -> Self:
        """The verdict that a diagnosis comes to."""
        return cls(
            findings=diagnosis.findings,
            change=diagnosis.measures.number("result.change"),
            measures=diagnosis.measures.to_json(),
            seconds=seconds,
        )

    @property
    def changed(self) -> bool | None:
        """Whether the face has changed; None where that could not be measured."""
        return None if self.change is None else not THRESHOLDS["change"].is_past(self.change)

    @property
    def serious(self) -> tuple[Finding, ...]:
        """What should be mended before anybody sees the result."""
        return tuple(finding for finding in self.findings if finding.level == Level.SERIOUS)

    @property
    def passed(self) -> bool | None:
        """Whether all who have looked at it agree that it is good; None where one of them could not look."""
        if self.error is not None or (not self.serious and None in self._witnesses):
            return None
        return not self.serious and all(self._witnesses)

    @property
    def like(self) -> bool | None:
        """Whether the result is like its source; None where that was not measured."""
        cosine = self._of_result("like_source")
        return None if cosine is None else cosine >= SAME_PERSON

    @property
    def _witnesses(self) -> tuple[bool | None, ...]:
        """What each says who looks beside the rules: who joins the verdict is named here."""
        if "like_source" not in (self.measures.get("result") or {}):  # nothing was fused, or before it was measured
            return ()
        seen = () if "looks" not in (self.measures.get("result") or {}) else (self.looks_right,)
        return (self.like, *seen)

    @property
    def looks_right(self) -> bool | None:
        """Whether nothing in the result looks wrong; None where nobody looked."""
        found = (self.measures.get("result") or {}).get("looks")
        return None if found is None else not found

    def _of_result(self, name: str) -> float | None:
        found: float | None = (self.measures.get("result") or {}).get(name)
        return found

    def to_json(self) -> dict[str, Any]:
        """Plain JSON types, as they are kept."""
        return {
            "version": VERSION,
            "changed": self.changed,
            "change": None if self.change is None else round(self.change, 2),
            "passed": self.passed,
            "findings": [finding.to_json() for finding in self.findings],
            "measures": dict(self.measures),
            "error": None if self.error is None else str(self.error.reason),
            "details": {} if self.error is None else self.error.to_json()["details"],
            "seconds": round(self.seconds, 3),
        }


def kept(data: Mapping[str, Any] | None) -> Verdict | None:
    """The verdict that `to_json` gave; None where there is none, or one that this version does not know."""
    if data is None or data.get("version") != VERSION:
        return None
    try:
        error = data["error"]
        return Verdict(
            findings=tuple(_finding(each) for each in data["findings"]),
            change=data["change"],
            measures=data["measures"],
            error=None if error is None else revived(error, data["details"]),
            seconds=data["seconds"],
        )
    except (KeyError, ValueError, TypeError):  # of a Fusewise that knew other causes
        return None


def _finding(data: Mapping[str, Any]) -> Finding:
    remedy = data["remedy"]
    return Finding(
        symptom=Symptom(data["symptom"]),
        cause=Cause(data["cause"]),
        level=Level(data["level"]),
        confidence=data["confidence"],
        evidence=data["evidence"],
        remedy=Remedy(remedy["text"], remedy["patch"] or {}, remedy["action"] and Action(remedy["action"])),
        gauge=data["gauge"] or "",
    )
