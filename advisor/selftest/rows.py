"""What came of each check: a row with a code, and its sentence in English. Pages translate by the codes. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from advisor.driver import SENTENCES as MACHINE
from advisor.driver import Reason
from fusion.errors import FusionError


class Check(StrEnum):
    """What is looked at."""

    DATA = "data"
    DRIVER = "driver"
    MODELS = "models"
    WEIGHTS = "weights"
    PICTURE = "picture"
    RELEASE = "release"
    LADDER = "ladder"
    SPEED = "speed"
    MEMORY = "memory"
    FORECAST = "forecast"


class State(StrEnum):
    """What came of it; what was skipped could not be tried here, and its row says why."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


class Code(StrEnum):
    """What a row says: the key of its sentence."""

    DATA_OK = "data_ok"
    DATA_FULL = "data_full"
    DATA_UNWRITABLE = "data_unwritable"
    DRIVER_OK = "driver_ok"
    DRIVER_NONE = "driver_none"
    MODELS_OK = "models_ok"
    WEIGHTS_SAME = "weights_same"
    WEIGHTS_SIZED = "weights_sized"
    WEIGHTS_MISSING = "weights_missing"
    PICTURE_SAME = "picture_same"
    PICTURE_NEAR = "picture_near"
    PICTURE_UNLIKE = "picture_unlike"
    PICTURE_UNSTORED = "picture_unstored"
    PICTURE_STRANGE = "picture_strange"
    PICTURE_UNSTEADY = "picture_unsteady"
    PICTURE_OTHER = "picture_other"
    PICTURE_RANDOM = "picture_random"
    CARD_LIKE = "card_like"
    CARD_UNLIKE = "card_unlike"
    CARD_ALONE = "card_alone"
    CARD_UNUSED = "card_unused"
    RELEASE_OK = "release_ok"
    RELEASE_KEPT = "release_kept"
    LADDER_OK = "ladder_ok"
    LADDER_HELD = "ladder_held"
    LADDER_BROKEN = "ladder_broken"
    LADDER_NONE = "ladder_none"
    SPEED_SEEN = "speed_seen"
    MEMORY_WITHIN = "memory_within"
    MEMORY_ABOVE = "memory_above"
    FORECAST_FED = "forecast_fed"
    BROKEN = "broken"


_PASSED, _FAILED, _SKIPPED = State.PASSED, State.FAILED, State.SKIPPED
_STATES: Mapping[Code, State] = MappingProxyType(
    {
        **{code: _FAILED for code in (Code.DATA_FULL, Code.DATA_UNWRITABLE, Code.PICTURE_UNLIKE, Code.CARD_UNLIKE)},
        **{code: _FAILED for code in (Code.PICTURE_STRANGE, Code.PICTURE_UNSTEADY, Code.RELEASE_KEPT, Code.BROKEN)},
        **{code: _FAILED for code in (Code.LADDER_BROKEN, Code.MEMORY_ABOVE)},
        **{code: _SKIPPED for code in (Code.DRIVER_NONE, Code.WEIGHTS_MISSING, Code.PICTURE_OTHER, Code.CARD_ALONE)},
        **{code: _SKIPPED for code in (Code.CARD_UNUSED, Code.LADDER_NONE, Code.PICTURE_RANDOM)},
    }
)

SENTENCES: Mapping[Code, str] = MappingProxyType(
    {
        Code.DATA_OK: "The data folder can be written to, and its disk has {gib:.1f} GiB free.",
        Code.DATA_FULL: "The disk of the data folder has {gib:.1f} GiB free: make room, 1 GiB at the least.",
        Code.DATA_UNWRITABLE: "Nothing can be written to the data folder. Check its rights, and its disk.",
        Code.DRIVER_OK: "{cards} with driver {driver}, for CUDA up to {cuda}; PyTorch is built for {torch}.",
        Code.DRIVER_NONE: "No card is tested. {message}",
        Code.MODELS_OK: "The landmark model and the network that recognises faces have the sha256 they should have.",
        Code.WEIGHTS_SAME: "All {count} files are as the hub stated.",
        Code.WEIGHTS_SIZED: "All {count} files are here and complete; no sha256 is known to compare them with.",
        Code.WEIGHTS_MISSING: "The unet engine is not tested: its weights are not here.",
        Code.PICTURE_SAME: "The picture is the stored one, bit for bit.",
        Code.PICTURE_NEAR: "The picture is the stored one but for rounding: {off} of 255 levels in a block's mean.",
        Code.PICTURE_UNLIKE: "The picture is not the stored one: {off} of 255 levels off in a block's mean, where "
        "{limit} are allowed. Install the versions of constraints.txt, and test again.",
        Code.PICTURE_UNSTORED: "The face is the source's ({likeness:.2f}); of this engine no picture is stored.",
        Code.PICTURE_STRANGE: "The face is not the source's ({likeness:.2f}, the same person from {limit:.2f}). Have "
        "the weights verified, or download them again.",
        Code.PICTURE_UNSTEADY: "The same photos gave different pictures. Memory or processor may be faulty.",
        Code.PICTURE_OTHER: "Not compared: the sample photos installed here are not those of the stored picture.",
        Code.PICTURE_RANDOM: "Not judged: these weights are random and fuse no faces; cards are compared all the same.",
        Code.CARD_LIKE: "The picture is the processor's: {off} of 255 levels off at most, in {percent:.2f} % "
        "of the values.",
        Code.CARD_UNLIKE: "The picture is not the processor's: {off} of 255 levels off, where {limit} is allowed, in "
        "{percent:.2f} % of the values. Update the driver, and undo any overclocking.",
        Code.CARD_ALONE: "Not compared: the processor made no picture.",
        Code.CARD_UNUSED: "Not tested. {message}",
        Code.RELEASE_OK: "Everything is given back after a fusion: {mib:.0f} MiB more after the last than the first.",
        Code.RELEASE_KEPT: "Memory is not given back: {mib:.0f} MiB more after the last fusion than after the first, "
        "where {limit:.0f} are allowed.",
        Code.LADDER_OK: "With half the memory it stepped down and came to a picture: {rungs}.",
        Code.LADDER_HELD: "With half the memory it came to a picture without stepping down.",
        Code.LADDER_BROKEN: "With half the memory it came to no picture ({reason}) after: {rungs}.",
        Code.LADDER_NONE: "Not tried on a processor: only a card's memory can be capped for one process.",
        Code.SPEED_SEEN: "{size} took {seconds:.2f} s (stages: {stages}; median of {runs}).",
        Code.MEMORY_WITHIN: "The peak was within the forecast's bound in all {count} fusions: {percent:.0f} % of it "
        "at most.",
        Code.MEMORY_ABOVE: "The peak was above the forecast's bound in {above} of {count} fusions: {percent:.0f} % of "
        "it. From now on the forecast knows.",
        Code.FORECAST_FED: "Forecasts rest on {count} measurements of this machine now, {added} of them new.",
        Code.BROKEN: "It failed: {reason}.",
    }
)


@dataclass(frozen=True, slots=True)
class Row:
    """One check.

    Attributes:
        device: "cpu" or a card's name; "" where it concerns none.
        engine: which engine; "" where it concerns none.
        details: numbers and names of the sentence; never a path or a name of somebody's.
        error: why it is broken, for whoever sits at this machine; its words may name folders, and go nowhere else.
    """

    check: Check
    code: Code
    device: str = ""
    engine: str = ""
    details: Mapping[str, str | int | float] = field(default_factory=dict)
    error: FusionError | None = None

    @property
    def state(self) -> State:
        return _STATES.get(self.code, State.PASSED)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON types, without what the error says of this machine's folders."""
        return {
            "check": str(self.check),
            "state": str(self.state),
            "code": str(self.code),
            "device": self.device or None,
            "engine": self.engine or None,
            "details": dict(self.details),
            "text": told(self),
        }


def broken(check: Check, error: FusionError, device: str = "", engine: str = "") -> Row:
    """The row of a check that an error ended."""
    return Row(check, Code.BROKEN, device, engine, {"reason": str(error.reason)}, error)


def told(row: Row) -> str:
    """The row's sentence in English."""
    details = dict(row.details)
    if "why" in details:
        details["message"] = MACHINE[Reason(str(details["why"]))][0]
    return SENTENCES[row.code].format(**details)
