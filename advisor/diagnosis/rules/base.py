"""What a rule of the diagnosis looks at, and how it says what it found. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from advisor.diagnosis.messages import SENTENCES
from advisor.diagnosis.types import Action, Cause, Finding, Level, Remedy, Symptom
from advisor.quality import FaceQuality, Measures, PairQuality, PhotoQuality, ResultQuality, Run
from fusion.errors import Detail
from fusion.settings import Settings
from fusion.types import EngineName, Role

SERIOUS_FROM = 0.7  # confidence; what is surer than that should be seen before the result is shown to anybody


@dataclass(frozen=True, slots=True)
class Seen:
    """Measures, the run where it is known, and how large a photo's file may be."""

    measures: Measures
    run: Run | None = None
    limit_bytes: int | None = None

    @property
    def target(self) -> PhotoQuality | None:
        return self.measures.target

    @property
    def source(self) -> PhotoQuality | None:
        return self.measures.source

    @property
    def target_face(self) -> FaceQuality | None:
        return self.measures.target.face if self.measures.target else None

    @property
    def source_face(self) -> FaceQuality | None:
        return self.measures.source.face if self.measures.source else None

    @property
    def pair(self) -> PairQuality | None:
        return self.measures.pair

    @property
    def result(self) -> ResultQuality | None:
        return self.measures.result

    @property
    def settings(self) -> Settings | None:
        """As the job ended up with, else as asked for; None of a stranger's result."""
        return (self.run.used or self.run.settings) if self.run else None

    @property
    def engine(self) -> EngineName | None:
        return self.run.engine if self.run else None

    @property
    def face_px(self) -> float | None:
        """Width of the face in the result, px: the target's, at the result's size."""
        if self.result is None or self.target_face is None or self.target_face.inter_eye_px <= 0:
            return None
        return self.target_face.width_px * self.result.inter_eye_px / self.target_face.inter_eye_px

    def has(self, need: str) -> bool:
        """Whether what a rule needs was given: "run", "limit_bytes", or a path of `Measures` as "result.change"."""
        if need in ("run", "limit_bytes"):
            return getattr(self, need) is not None
        found: Any = self.measures
        for name in need.split("."):
            found = getattr(found, name, None)
        return found is not None


def photos(seen: Seen) -> Iterator[tuple[str, PhotoQuality, Action]]:
    """Each photo that was given: its role, and how another one is taken."""
    if seen.target is not None:
        yield str(Role.TARGET), seen.target, Action.OTHER_TARGET
    if seen.source is not None:
        yield str(Role.SOURCE), seen.source, Action.OTHER_SOURCE


Evidence = dict[str, Detail]
Judge = Callable[[Seen], Iterator[Finding]]


@dataclass(frozen=True, slots=True)
class Rule:
    """How one cause is looked for.

    Attributes:
        needs: paths (see `Seen.has`) without which nothing can be said.
        judge: yields what it found; is asked only where there is what it needs.
    """

    cause: Cause
    needs: tuple[str, ...]
    judge: Judge


def finding(
    symptom: Symptom,
    cause: Cause,
    confidence: float,
    evidence: Evidence,
    mend: Action | Mapping[str, Any] | None,
    gauge: str = "",
    level: Level | None = None,
) -> Finding:
    """A finding with its sentences.

    Args:
        mend: an action, or settings to change.
        level: where the confidence shall not decide it.
    """
    text = SENTENCES[cause][1].format(**evidence)
    patch = mend if isinstance(mend, Mapping) else {}
    action = mend if isinstance(mend, Action) else None
    if level is None:
        level = Level.SERIOUS if confidence >= SERIOUS_FROM else Level.MINOR
    return Finding(symptom, cause, level, confidence, dict(evidence), Remedy(text, patch, action), gauge)
