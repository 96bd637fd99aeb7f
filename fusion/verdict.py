"""Whether two faces make a good picture, and what stands against it: the nouns. Standard library.

`fusion.suitability` measures and judges; what it finds crosses the pipe with the facts of a job, and stands in answers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

from fusion.errors import PairRefused, Phrase, PhraseCode, Reason, Value
from fusion.notices import Notice
from fusion.types import Role


class Verdict(StrEnum):
    """What may be hoped for of a pair, the best first."""

    GOOD = "good"
    FAIR = "fair"  # one would show it, with a remark
    POOR = "poor"  # it will look wrong
    REFUSED = "refused"  # no picture at all, unless it is asked for anyway

    @property
    def rank(self) -> int:
        """0 for the best."""
        return list(Verdict).index(self)


class Trouble(StrEnum):
    """What stands against a pair."""

    YAW_APART = "yaw_apart"
    PITCH_APART = "pitch_apart"
    LITTLE_SHOWN = "little_shown"  # all that the source lacks, taken together
    TURNED = "turned"
    HAIR = "hair"
    OBJECT = "object"
    GLASSES = "glasses"
    GLASSES_CARRIED = "glasses_carried"  # the source's come along: the degrees are those between the heads
    DARK_LENSES = "dark_lenses"
    CUT_OFF = "cut_off"
    SHADOW = "shadow"
    BURNT = "burnt"
    COVERED = "covered"  # the target, by whatever
    FEW_PX = "few_px"
    MOUTHS_DIFFER = "mouths_differ"
    SMILES_DIFFER = "smiles_differ"  # the source smiles, the target does not
    EYES_SHUT = "eyes_shut"
    BEARD = "beard"
    TONES_APART = "tones_apart"


class Unit(StrEnum):
    """What the number of a cause counts."""

    DEGREES = "degrees"
    PX = "px"
    FACE = "face"  # a share of the target's face, 0…1
    FEATURES = "features"  # likewise of the brows, eyes, nose and lips
    DELTA_E = "delta_e"  # CIE 1976


@dataclass(frozen=True, slots=True)
class Cause:
    """One thing that stands against a pair.

    Attributes:
        verdict: what the pair would be with this alone; never `good`.
        value: how much, in `unit`.
        role: whose photo is to blame; None where it is neither's alone.
    """

    trouble: Trouble
    verdict: Verdict
    value: float
    unit: Unit
    role: Role | None = None

    @property
    def why(self) -> Phrase:
        """What is so, as a whole sentence."""
        return Phrase(PhraseCode(f"pair_{self.trouble}"), self._details())

    @property
    def remedy(self) -> Phrase:
        """What would help, likewise."""
        return Phrase(PhraseCode(f"pair_{self.trouble}_help"), self._details())

    def notice(self) -> Notice:
        """The same for a result that was made all the same."""
        details: dict[str, Value] = {"trouble": str(self.trouble), "verdict": str(self.verdict), "value": self.value}
        return Notice("pair", {**details, "why": self.why, "remedy": self.remedy})

    def to_json(self) -> dict[str, Any]:
        """Plain JSON types, with the sentences in English."""
        return {
            "trouble": str(self.trouble),
            "verdict": str(self.verdict),
            "value": self.value,
            "unit": str(self.unit),
            "role": None if self.role is None else str(self.role),
            "text": str(self.why),
            "remedy": str(self.remedy),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """What `to_json` gave.

        Raises:
            KeyError, TypeError, ValueError: it is something else.
        """
        role = data["role"]
        numbers = float(data["value"]), Unit(data["unit"]), None if role is None else Role(role)
        return cls(Trouble(data["trouble"]), Verdict(data["verdict"]), *numbers)

    def _details(self) -> dict[str, str | float]:
        details: dict[str, str | float] = {"role": str(self.role or Role.SOURCE)}
        if self.unit in (Unit.FACE, Unit.FEATURES):
            return details | {"percent": round(100 * self.value, 1), "part": str(self.unit)}
        return details | {str(self.unit): self.value}


@dataclass(frozen=True, slots=True)
class Suitability:
    """How well two faces go together.

    Attributes:
        causes: what stands against the pair, the worst first; none for a good one.
    """

    causes: tuple[Cause, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """The worst that any cause makes of it."""
        return max((cause.verdict for cause in self.causes), key=lambda each: each.rank, default=Verdict.GOOD)

    @property
    def refusal(self) -> PairRefused | None:
        """Why there is to be no picture; None where there may be one."""
        if self.verdict != Verdict.REFUSED:
            return None
        return PairRefused(Reason.PAIR_REFUSED, why=self.causes[0].why, help=self.causes[0].remedy)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON types."""
        return {"verdict": str(self.verdict), "causes": [cause.to_json() for cause in self.causes]}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """What `to_json` gave.

        Raises:
            KeyError, TypeError, ValueError: it is something else.
        """
        return cls(tuple(Cause.from_json(cause) for cause in data["causes"]))
