"""What a user should know about a job, which is no error: one sentence for each code. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Self

from fusion.errors import Value, phrases

# code -> the sentence in English. The Chinese lives in pages/parts/i18n/words/zh.json under the same code.
NOTICES: Mapping[str, str] = MappingProxyType(
    {
        "animated": "The {role} is an animation of {frames} pictures: the first one is used.",
        "converted_16_bit": "The {role} photo has 16 bits per channel: reduced to 8.",
        "converted_deep": "The {role} photo has {bits} bits per channel: reduced to 8.",
        "converted_cmyk": "The {role} photo is CMYK: converted to RGB.",
        "converted_profile": "The {role} photo has the colour profile {profile}: converted to sRGB.",
        "converted_gamma": "The {role} photo states its own gamma or primaries ({profile}): converted to sRGB.",
        "end_missing": "The {role} photo lacks the mark that ends its file, but every pixel is there.",
        "profile_ignored": "The colour profile of the {role} photo could not be read: taken as sRGB.",
        "alpha_dropped": "The {role} photo has transparency: laid on white.",
        "rotated": "The {role} photo was turned upright.",
        "says_ai": "The {role} photo says that it was made with AI: the result's recipe says so too.",
        "carries_c2pa": "The {role} photo carries a signed history (C2PA): the result's recipe names it.",
        "several_faces": "The {role} photo has {count} faces: face {index} is used.",
        "faces_turned": "{count} more in the {role} photo are turned away or covered and cannot be used.",
        "glasses_carried": "The source wears glasses: they come with its face.",
        "glasses_left": "The source wears glasses: they are left out.",
        "glasses_kept": "The target wears glasses: they stay as they are.",
        "glasses_removed": "The target wears glasses: they go with its face.",
        "mouths_differ": "One mouth is open and the other closed: the lips keep the target's form.",
        "yaw_differs": "The heads are turned {degrees:.0f}° apart: over 30° the result looks wrong.",
        "pair": "{why} {remedy}",
        "source_best_pose": "Of {count} source photos number {number} is used: its pose is most like the target's.",
        "source_best_light": "Of {count} source photos number {number} is used: its light is most like the target's.",
        "source_best_detail": "Of {count} source photos number {number} is used: it is the sharpest.",
        "source_best_freedom": "Of {count} source photos number {number} is used: it shows most of what is needed.",
        "source_best_alike": "Of {count} source photos number {number} is used; others would do about as well.",
        "source_unusable": "Source photo number {number} has no usable face: it is left out.",
        "source_unlike": "Source photo number {number} seems to show somebody else: it is left out.",
        "sources_averaged": "The source's face was learnt from {count} photos.",
        "source_mirrored_pose": "The source was mirrored: so its head is turned more like the target's.",
        "source_mirrored_light": "The source was mirrored: so its light comes from the target's side.",
        "source_mirrored_wish": "The source was mirrored, as asked for.",
        "source_soft": "The source face is {source_px:.0f} px wide and is enlarged {factor:.1f}×: it will look soft.",
        "two_stage": "The face was fused at {width}×{height} and brought to the full size from there, by {enlarger}.",
        "two_stage_native": "The face was fused at {width}×{height}; its detail at the full size is the photos' own.",
        "two_stage_needless": "At this size the face needs no second stage: the fusion ran in one.",
        "in_strips": "Little memory is free: the face's detail was made {rows} rows at a time, which takes a little "
        "longer; the picture is the same.",
        "weights_lent": "Little memory is free: the networks' weights stayed on the host, and the card had each part "
        "only while it computed, which is slower; the picture is the same.",
        "enlarger_failed": "{name} could not be used ({why}): {used} enlarged the face.",
        "stepped_tile": "Memory ran out: the second stage worked in pieces of {after} px instead of {before}.",
        "stepped_strips": "Memory ran out: the face's detail was made {after} rows at a time instead of {before}; the "
        "picture is the same.",
        "stepped_lent": "Memory ran out: the networks' weights stayed on the host, and the card had each part only "
        "while it computed, which is slower; the picture is the same.",
        "stepped_precision": "Memory ran out: the networks computed in {after} instead of {before}.",
        "stepped_two_stage": "Memory ran out: the face was fused small and refined in a second stage.",
        "stepped_tier": "Memory ran out: the output is {after} instead of {before}.",
        "stepped_cpu": "Memory ran out on the graphics card: the processor computed instead, which is slower.",
        "card_without_code": "The installed PyTorch has no code for {device}: the processor computed instead, which is "
        "slower. `{command}` takes a PyTorch that runs on it.",
        "precision_ignored": "The landmark engine always computes in float32.",
        "precision_raised": "{precision} gave numbers without meaning here: float32 was used.",
        "precision_unfit": "{precision} is not for this device: float32 was used.",
        "model_soft": "The model's face is {native_px:.0f} px wide and is enlarged {factor:.1f}×: it will look soft.",
        "source_cut": "{percent:.0f} % of the source face lies beyond its photo's edge: its other half or the target "
        "is shown there.",
        "covered": "{percent:.0f} % of the {role} face is covered by hair, glasses or something else.",
        "side_limited": (
            "The output is {width}×{height} instead of {asked_width}×{asked_height}: no side may be over {limit} px."
        ),
        "likeness_unknown": "Nothing says whether the result is like its source: {file} is not there or is damaged.",
        "filled_blurred": "Beside the photo it is shown blurred: mirrored, part of a head would be there twice.",
        "given_back": "The fused face looked wrong at {part}: the target stays there.",
        "looks_patch": "A patch of another tone shows at {part}.",
        "looks_asymmetry": "One half of the face is darker or paler than the other, most at {part}.",
        "looks_eyes": "One eye is much darker or paler than the other: {part}.",
        "looks_edge": "An edge shows in the skin at {part}.",
        "looks_ghost": "Glasses or strands of hair are there in part, most at {part}.",
        "looks_smear": "Skin is smeared at {part}, which the source hardly shows.",
        "looks_ashen": "The face is ashen: fainter than in the photos, or too dark or too pale, most at {part}.",
        "label_over_face": "Nothing but faces reaches the edges: the label covers {percent:.0f} % of one.",
        "node_landmark": "The machine {node} lacks the unet engine's weights ({why}): landmark fused instead.",
        "node_other_weights": "The machine {node} did without {file} of this one ({why}).",
        "ratio_zero": "The ratio is 0: the target is unchanged.",
    }
)


# What sentences name today and did not when notices were stored: code -> the value that was meant.
_SINCE: Mapping[str, Mapping[str, Value]] = MappingProxyType({"card_without_code": {"command": "make setup"}})


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that the user should know, which is no error."""

    code: str
    details: Mapping[str, Value] = field(default_factory=dict)

    def __str__(self) -> str:
        return NOTICES[self.code].format(**self.details)

    def to_json(self) -> dict[str, object]:
        """Plain JSON types."""
        return {"code": self.code, "details": phrases.to_json(self.details), "text": str(self)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """What `to_json` gave. Its code may be one that a version before this had a sentence for.

        Raises:
            AttributeError, KeyError, TypeError, ValueError: it is something else.
        """
        code = str(data["code"])
        return cls(code, {**_SINCE.get(code, {}), **phrases.from_json(data["details"])})
