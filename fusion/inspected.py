"""What a look at a result comes to: faults, where they are, and a verdict. Standard library.

`fusion.inspection` looks; facts, notices and pages tell.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

from fusion.errors import Phrase, PhraseCode
from fusion.types import Box


class FaultKind(StrEnum):
    """What looks wrong."""

    PATCH = "patch"  # a place of another tone, which the target's light does not explain
    ASYMMETRY = "asymmetry"  # one half darker or paler than the other, where the target's halves are alike
    EYES = "eyes"  # one eye with its brow much darker or paler than the other
    EDGE = "edge"  # a step in skin where the target has none
    GHOST = "ghost"  # glasses, strands or other lines that are there in part
    SMEAR = "smear"  # skin drawn out of a side of the face that the source hardly shows
    ASHEN = "ashen"  # features much fainter than the source's, or skin off the target's lightness as a whole


class Part(StrEnum):
    """A part of a face; right and left are the person's own."""

    FOREHEAD = "forehead"
    RIGHT_EYE = "right_eye"
    LEFT_EYE = "left_eye"
    RIGHT_CHEEK = "right_cheek"
    LEFT_CHEEK = "left_cheek"
    MOUTH = "mouth"
    CHIN = "chin"

    @property
    def phrase(self) -> Phrase:
        """What a person calls it."""
        return Phrase(PhraseCode(f"part_{self.value}"))


CORE = frozenset({Part.RIGHT_EYE, Part.LEFT_EYE, Part.MOUTH})  # whoever has these of two people is nobody


class InspectionVerdict(StrEnum):
    """What is to be thought of a result."""

    CLEAN = "clean"
    MENDED = "mended"  # a part was given back to the target; what is left is clean
    POOR = "poor"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that looks wrong.

    Attributes:
        kind, part: what and where.
        amount: over what is taken for a fault: at least 1.
        box: around it, px of the result.
    """

    kind: FaultKind
    part: Part
    amount: float
    box: Box

    def to_json(self) -> dict[str, Any]:
        """Plain JSON types."""
        box = self.box
        return {
            "kind": str(self.kind),
            "part": str(self.part),
            "amount": self.amount,
            "box": [box.left, box.top, box.right, box.bottom],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """What `to_json` gave.

        Raises:
            KeyError, TypeError, ValueError: it is something else.
        """
        amount, box = float(data["amount"]), Box(*(float(each) for each in data["box"]))
        return cls(FaultKind(data["kind"]), Part(data["part"]), amount, box)


@dataclass(frozen=True, slots=True)
class Inspection:
    """What was seen.

    Attributes:
        faults: that are left, the worst first.
        given_back: parts that show the target again, since the fused face looked wrong there.
    """

    faults: tuple[Fault, ...] = ()
    given_back: tuple[Part, ...] = ()

    @property
    def verdict(self) -> InspectionVerdict:
        if self.faults:
            return InspectionVerdict.POOR
        return InspectionVerdict.MENDED if self.given_back else InspectionVerdict.CLEAN

    def to_json(self) -> dict[str, Any]:
        """Plain JSON types, every field present."""
        return {
            "verdict": str(self.verdict),
            "faults": [fault.to_json() for fault in self.faults],
            "given_back": [str(part) for part in self.given_back],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """What `to_json` gave.

        Raises:
            KeyError, TypeError, ValueError: it is something else.
        """
        faults = tuple(Fault.from_json(each) for each in data["faults"])
        return cls(faults, tuple(Part(each) for each in data["given_back"]))
