"""From where on each trouble makes a pair fair, poor, or none at all, and why from there: the one table.

A trouble that is counted of the face and of the features has a row for each: a lock of hair over an eye is a small part
of the face and a large part of what makes a person.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from fusion.verdict import Trouble, Unit, Verdict


@dataclass(frozen=True, slots=True)
class Threshold:
    """From where on a pair is `fair`, `poor`, `refused` for it; None: never.

    Attributes:
        is_less: a smaller number is the worse one.
        why: where the figures come from.
    """

    fair: float | None
    poor: float | None
    refused: float | None
    why: str
    is_less: bool = False

    def verdict(self, value: float) -> Verdict:
        """What a number makes of a pair."""
        for limit, verdict in (
            (self.refused, Verdict.REFUSED),
            (self.poor, Verdict.POOR),
            (self.fair, Verdict.FAIR),
        ):
            if limit is not None and (value <= limit if self.is_less else value >= limit):
                return verdict
        return Verdict.GOOD


def _hidden(fair: float, poor: float, refused: float, why: str) -> Threshold:
    return Threshold(fair, poor, refused, why)


THRESHOLDS: Mapping[tuple[Trouble, Unit], Threshold] = MappingProxyType(
    {
        (Trouble.YAW_APART, Unit.DEGREES): Threshold(
            10.0, 20.0, 40.0, "from 20° on nose and far cheek are drawn wide; past 40° a far eye is missing"
        ),
        (Trouble.PITCH_APART, Unit.DEGREES): Threshold(
            14.0, 19.0, 25.0, "past 25° nostrils and chin of one are unseen in the other; no mirror helps"
        ),
        (Trouble.LITTLE_SHOWN, Unit.FACE): Threshold(
            0.20, 0.35, 0.50, "half of the face would be the target's, which is nobody's face"
        ),
        (Trouble.LITTLE_SHOWN, Unit.FEATURES): Threshold(
            0.10, 0.22, 0.40, "an eye with its brow is a fifth of the features"
        ),
        (Trouble.TURNED, Unit.FACE): _hidden(0.10, 0.22, 0.45, "a whole far cheek is about a fifth of the face"),
        (Trouble.TURNED, Unit.FEATURES): _hidden(0.06, 0.15, 0.35, "the far side of a nose is about a twentieth"),
        (Trouble.HAIR, Unit.FACE): _hidden(0.12, 0.25, 0.45, "a fringe over the forehead is up to a fifth"),
        (Trouble.HAIR, Unit.FEATURES): _hidden(
            0.05, 0.07, 0.35, "a brow under a fringe is 0.085, and no half fills it: both stay the target's"
        ),
        (Trouble.OBJECT, Unit.FACE): _hidden(0.08, 0.20, 0.40, "two fingers at a cheek are about a tenth"),
        (Trouble.OBJECT, Unit.FEATURES): _hidden(
            0.015,
            0.04,
            0.30,
            "a straw between the lips is 0.04 to 0.07, and the lips stay the target's; specks are below 0.01",
        ),
        (Trouble.GLASSES, Unit.FACE): Threshold(
            0.05, None, None, "a thin frame; the target's stays on top of the eyes, which are most of a likeness"
        ),
        (Trouble.GLASSES, Unit.FEATURES): _hidden(0.02, 0.25, 0.50, "a thin frame is some hundredths, thick ones 0.15"),
        (Trouble.GLASSES_CARRIED, Unit.DEGREES): Threshold(
            0.0, 4.0, None, "an arm ends where the face does, or hangs over hair: of nine results one was to be shown"
        ),
        (Trouble.DARK_LENSES, Unit.FEATURES): Threshold(
            None, None, 0.10, "the eyes are most of a likeness: unseen in either photo, there is none"
        ),
        (Trouble.CUT_OFF, Unit.FACE): _hidden(0.08, 0.20, 0.40, "a forehead cut at the hairline is about a tenth"),
        (Trouble.CUT_OFF, Unit.FEATURES): _hidden(0.02, 0.08, 0.30, "nothing of the features is to be guessed"),
        (Trouble.SHADOW, Unit.FACE): _hidden(
            0.06, 0.10, 0.60, "a nose's shadow is a few hundredths; of a tenth, parts stay where the fused face ends"
        ),
        (Trouble.SHADOW, Unit.FEATURES): _hidden(0.10, 0.25, 0.50, "an eye socket is about a tenth"),
        (Trouble.BURNT, Unit.FACE): Threshold(
            0.10,
            0.60,
            None,
            "a well exposed face has up to 0.07 of glints; past 0.60 there is hardly a tone to take on",
        ),
        (Trouble.BURNT, Unit.FEATURES): Threshold(0.10, 0.30, None, "what is white in the source shows no person"),
        (Trouble.COVERED, Unit.FACE): Threshold(
            0.25, 0.32, 0.40, "what covers the target stays: past 0.40 more of it stays than is fused"
        ),
        (Trouble.COVERED, Unit.FEATURES): Threshold(
            0.10, 0.25, 0.40, "a straw is 0.05; a fringe over brows, a microphone before lips 0.15, and stay on top"
        ),
        (Trouble.FEW_PX, Unit.PX): Threshold(
            90.0, 64.0, None, "at 64 px a feature is a few px; at 90 px pores and lashes are gone", is_less=True
        ),
        (Trouble.MOUTHS_DIFFER, Unit.FACE): Threshold(
            0.12, 0.25, None, "of the face width; the lips keep the target's form, cheeks and jaw do not follow"
        ),
        (Trouble.SMILES_DIFFER, Unit.FEATURES): Threshold(
            0.60, None, None, "MediaPipe's weight of a smile; its folds stay, the mouth is the target's: a sneer"
        ),
        (Trouble.EYES_SHUT, Unit.FEATURES): Threshold(None, 0.60, None, "MediaPipe's weight of a blink: lids have met"),
        (Trouble.BEARD, Unit.FACE): Threshold(0.50, None, None, "how sure it is; whose lower face it is can be chosen"),
        (Trouble.TONES_APART, Unit.DELTA_E): Threshold(
            8.0, 15.0, None, "CIE 1976, times how far the light is harder on one: soft light can be matched"
        ),
    }
)
