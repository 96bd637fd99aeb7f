"""What a check of a picture finds: codes and their values, how far each can be relied on, and the English of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from fusion.errors import Value, phrases


class State(StrEnum):
    """How far a finding can be relied on."""

    HOLDS = "holds"  # a signature proves it
    CLAIMED = "claimed"  # the file says so, and so may any file
    BROKEN = "broken"  # the file contradicts itself, or says what no file may say
    UNKNOWN = "unknown"  # nothing here can tell


class Verdict(StrEnum):
    """What all findings come to."""

    WHOLE = "whole"
    CLAIMED = "claimed"
    NOTHING = "nothing"
    BROKEN = "broken"


class Code(StrEnum):
    """What was found. The Chinese lives in pages/parts/i18n/words/zh.json under `verify.CODE`."""

    # the label of GB 45438
    LABEL_MADE = "label_made"
    LABEL_MAYBE = "label_maybe"
    LABEL_SUSPECTED = "label_suspected"
    LABEL_FITS = "label_fits"
    LABEL_UNCHECKED = "label_unchecked"
    LABEL_OTHER_PICTURE = "label_other_picture"
    LABEL_MALFORMED = "label_malformed"
    LABELS_SEVERAL = "labels_several"
    LABEL_REMOVED = "label_removed"
    # XMP, and what programs leave
    SOURCE_AI = "source_ai"
    SOURCE_OTHER = "source_other"
    MADE_BY = "made_by"
    # the recipe
    RECIPE_AGREES = "recipe_agrees"
    RECIPE_ALONE = "recipe_alone"
    RECIPE_NUMBER = "recipe_number"
    RECIPE_SIZE = "recipe_size"
    RECIPE_DAMAGED = "recipe_damaged"
    VISIBLE_CLAIMED = "visible_claimed"
    VISIBLE_OUTSIDE = "visible_outside"
    JOB_KNOWN = "job_known"
    # C2PA
    SIGNED_TRUSTED = "signed_trusted"
    SIGNED_VALID = "signed_valid"
    SIGNED_PART = "signed_part"
    SIGNED_TIME = "signed_time"
    SIGNED_AI = "signed_ai"
    SIGNATURE_BROKEN = "signature_broken"
    SIGNATURE_REMOVED = "signature_removed"
    SIGNATURE_OTHER = "signature_other"
    SIGNATURE_UNCHECKED = "signature_unchecked"
    # the invisible watermark
    WATERMARK_FOUND = "watermark_found"
    WATERMARK_OTHER = "watermark_other"
    WATERMARK_LOST = "watermark_lost"
    # the picture itself
    PICTURE_DAMAGED = "picture_damaged"
    NOTHING_LEFT = "nothing_left"


SENTENCES: Mapping[Code, str] = MappingProxyType(
    {
        Code.LABEL_MADE: "A label says that it was made with AI by {producer}, number {id}.",
        Code.LABEL_MAYBE: "A label says that it may have been made with AI, by {producer}, number {id}.",
        Code.LABEL_SUSPECTED: "A label says that it is suspected to be made with AI, by {producer}, number {id}.",
        Code.LABEL_FITS: "The label fits the picture, which is as it was when the label was written. That is no "
        "signature: anybody can write one.",
        Code.LABEL_UNCHECKED: "The label has nothing by which it could be checked here: it may be another picture's.",
        Code.LABEL_OTHER_PICTURE: "The label does not fit: it is another picture's, or this one was changed since.",
        Code.LABEL_MALFORMED: "A label is not as the standard has it ({fault}).",
        Code.LABELS_SEVERAL: "There are {count} labels, where the standard allows one.",
        Code.LABEL_REMOVED: "The recipe in it belongs to a picture with a label, which is gone.",
        Code.SOURCE_AI: "Its metadata name AI as its source: {kind}.",
        Code.SOURCE_OTHER: "Its metadata name its source: {kind}.",
        Code.MADE_BY: "It has the marks of {tool}.",
        Code.RECIPE_AGREES: "A recipe of Fusewise {version} is in it, and agrees with the label and the size.",
        Code.RECIPE_ALONE: "A recipe of Fusewise {version} is in it, by which this picture cannot be told from others.",
        Code.RECIPE_NUMBER: "The recipe in it is that of number {recipe}, the label that of number {label}.",
        Code.RECIPE_SIZE: "The recipe in it is that of a picture of {recipe}; this one has {picture}.",
        Code.RECIPE_DAMAGED: "The recipe of Fusewise in it cannot be read.",
        Code.VISIBLE_CLAIMED: 'By its recipe "{text}" stands in the picture at {place}. No program reads that: look.',
        Code.VISIBLE_OUTSIDE: "By its recipe a visible label stands where the picture has no place.",
        Code.JOB_KNOWN: "The history of this machine has a job with the number {id}.",
        Code.SIGNED_TRUSTED: "Signed by {signer}, for whom a trusted authority vouches, and unchanged since.",
        Code.SIGNED_VALID: "Signed by {signer}, for whom nobody known here vouches, and unchanged since.",
        Code.SIGNED_PART: "Signed by {signer}, but only in part: the rest may have been changed since.",
        Code.SIGNED_TIME: "A time server saw the signature at {moment} UTC.",
        Code.SIGNED_AI: "The signature says that it was made with AI.",
        Code.SIGNATURE_BROKEN: "Its signature (C2PA) does not hold: {why}.",
        Code.SIGNATURE_REMOVED: "By its recipe it was signed by {signer}; the signature is gone.",
        Code.SIGNATURE_OTHER: "By its recipe it was signed by {signer}; in place of that signature is another.",
        Code.SIGNATURE_UNCHECKED: "It has a signature (C2PA), which cannot be checked here: "
        "pip install -r requirements-c2pa.txt",
        Code.WATERMARK_FOUND: "An invisible watermark in its pixels says that Fusewise made it, or what it was made "
        "from: a number that begins with {mark}. That is no signature.",
        Code.WATERMARK_OTHER: "By its recipe it has its own watermark, but that in its pixels is another's ({mark}).",
        Code.WATERMARK_LOST: "By its recipe there is an invisible watermark, which cannot be read any more.",
        Code.PICTURE_DAMAGED: "The picture is damaged or cut short: nothing can be looked for in its pixels.",
        Code.NOTHING_LEFT: "Nothing in the file says where it is from, and that is lost with every share that packs a "
        "picture anew. A visible label no program reads: look at the corners.",
    }
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was found."""

    code: Code
    state: State
    details: Mapping[str, Value] = field(default_factory=dict)

    def __str__(self) -> str:
        return SENTENCES[self.code].format(**self.details)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON types."""
        details = phrases.to_json(self.details)
        return {"code": str(self.code), "state": str(self.state), "details": details, "text": str(self)}


@dataclass(frozen=True, slots=True)
class Report:
    """All that was found in a file.

    Attributes:
        is_ai: whether anything in it says that it was, or may have been, made with AI.
        produce_id: the number in its label, or in its watermark; empty without.
    """

    findings: tuple[Finding, ...]
    is_ai: bool
    produce_id: str = ""

    @property
    def verdict(self) -> Verdict:
        """One thing that is broken is enough; only a signature makes more of it than a claim."""
        states = {finding.state for finding in self.findings}
        if State.BROKEN in states:
            return Verdict.BROKEN
        if State.HOLDS in states:
            return Verdict.WHOLE
        return Verdict.CLAIMED if State.CLAIMED in states else Verdict.NOTHING

    def to_json(self) -> dict[str, Any]:
        """Plain JSON types."""
        findings = [finding.to_json() for finding in self.findings]
        return {
            "verdict": str(self.verdict),
            "ai": self.is_ai,
            "produce_id": self.produce_id,
            "findings": findings,
        }
