"""What a file says of its own origin, whichever tool wrote it: labels, kinds of source, names of programs, a signature.

Nothing of it is proven by standing there. A file that is no picture says nothing; none makes this raise.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

from fusion.marks import exif_text, generators, xmp
from fusion.marks.aigc import AigcLabel
from fusion.marks.containers import Kind, Parts, parts

# IPTC's kinds of source that mean a trained model, by the last word of their address.
AI_SOURCES = frozenset({"trainedAlgorithmicMedia", "compositeWithTrainedAlgorithmicMedia", "compositeSynthetic"})
_AI_IN_STORE = re.compile(b"|".join(b"digitalsourcetype/" + kind.encode() for kind in sorted(AI_SOURCES)))
_SYSTEM = re.compile(r"\{http://iptc\.org/std/Iptc4xmpExt/[^}]*\}AISystemUsed")
_OURS = "Fusewise"
_SHOWN = 300  # characters of what is shown to people
_LONGEST_ID = 128  # characters of what is written on


class Place(StrEnum):
    """Where in a file a label stands."""

    XMP = "xmp"
    TEXT = "text"  # a chunk of a PNG
    COMMENT = "comment"  # EXIF's


class Claim(StrEnum):
    """By what a file says that it was made with AI."""

    OURS = "ours"
    AIGC = "aigc"
    IPTC = "iptc"
    C2PA = "c2pa"
    TOOL = "tool"


@dataclass(frozen=True, slots=True)
class FoundLabel:
    """A label of GB 45438 as it stands in a file.

    Attributes:
        label: None where it is none that the standard allows.
        fault: why not; empty where it is.
    """

    place: Place
    label: AigcLabel | None
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Marks:
    """What a file says of its own origin.

    Attributes:
        labels: of GB 45438; a file may have one.
        source_types: IPTC's, as they are written.
        creator_tools: programs by their own names.
        generators: programs known to make pictures.
        has_c2pa: a manifest store of C2PA is in it, whether or not it is good.
        c2pa_says_ai: and it names a kind of source that means a trained model.
        recipe: the text of a recipe of ours; empty without one.
        is_animated: it is a PNG with frames beside the picture that a label is made for.
    """

    labels: tuple[FoundLabel, ...] = ()
    source_types: tuple[str, ...] = ()
    creator_tools: tuple[str, ...] = ()
    generators: tuple[str, ...] = ()
    has_c2pa: bool = False
    c2pa_says_ai: bool = False
    recipe: str = ""
    is_animated: bool = False

    @property
    def is_ours(self) -> bool:
        """Whether it says that Fusewise made it."""
        return bool(self.recipe) or any(tool.startswith(_OURS) for tool in self.creator_tools)

    @property
    def says_ai(self) -> bool:
        """Whether anything in it says that it was made, or may have been made, with AI."""
        return bool(self.claims)

    @property
    def claims(self) -> tuple[Claim, ...]:
        """By what it says so."""
        said = {
            Claim.OURS: self.is_ours,
            Claim.AIGC: bool(self.labels),
            Claim.IPTC: any(is_ai(kind) for kind in self.source_types),
            Claim.C2PA: self.c2pa_says_ai,
            Claim.TOOL: bool(self.generators),
        }
        return tuple(claim for claim, is_said in said.items() if is_said)

    @property
    def produce_id(self) -> str:
        """The producer's number of the content, by the first label that has one; empty without."""
        return next((found.label.produce_id for found in self.labels if found.label and found.label.produce_id), "")


@dataclass(frozen=True, slots=True)
class Origin:
    """The little of it that goes on with a photo: what becomes of it is an ingredient of a result.

    Attributes:
        claims: by what the photo says where it is from; C2PA even where that says nothing of AI.
        is_ai: whether it says that it was made with AI.
        produce_id: the producer's number of it; empty without.
    """

    claims: tuple[Claim, ...]
    is_ai: bool
    produce_id: str = ""

    @classmethod
    def of(cls, marks: Marks) -> Self | None:
        """None where nothing is said."""
        signed = (Claim.C2PA,) if marks.has_c2pa and Claim.C2PA not in marks.claims else ()
        claims = (*marks.claims, *signed)
        return cls(claims, marks.says_ai, marks.produce_id[:_LONGEST_ID]) if claims else None

    def to_json(self) -> dict[str, Any]:
        """Plain JSON types."""
        return {"claims": [str(claim) for claim in self.claims], "ai": self.is_ai, "produce_id": self.produce_id}


def is_ai(source_type: str) -> bool:
    """Whether a kind of source, as an address or its last word, means a trained model."""
    return re.split("[/:]", source_type.strip())[-1] in AI_SOURCES


def marks_in(file: bytes) -> Marks:
    """What the file says."""
    found = parts(file)
    fields = [exif_text.texts(block) for block in found.exif]
    said, broken = _properties(found)
    store = found.c2pa or (exif_text.c2pa(file) if found.kind == Kind.TIFF else b"")
    texts = [*found.texts, *((key, text) for each in fields for key, text in each.items())]
    software = (text for key, text in texts if key == "Software")
    tools = _once((*said.get(xmp.CREATOR_TOOL, ()), *software))
    systems = [one for name, values in said.items() if _SYSTEM.fullmatch(name) for one in values]
    names = [("CreatorTool", tool) for tool in tools] + [("Credit", credit) for credit in said.get(xmp.CREDIT, ())]
    return Marks(
        labels=(*_labels_in_xmp(said), *broken, *_labels_in_texts(texts)),
        source_types=tuple(map(_short, said.get(xmp.DIGITAL_SOURCE_TYPE, ()))),
        creator_tools=tools,
        generators=_once((*generators.named([*texts, *names]), *systems)),
        has_c2pa=bool(store),
        c2pa_says_ai=_AI_IN_STORE.search(store) is not None,
        recipe=_recipe(texts),
        is_animated=found.is_animated,
    )


def _properties(found: Parts) -> tuple[Mapping[str, tuple[str, ...]], list[FoundLabel]]:
    """What all packets say, and the labels of those that cannot be read."""
    said: dict[str, tuple[str, ...]] = {}
    broken = []
    for packet in found.xmp:
        try:
            read = xmp.properties(packet)
        except ValueError as error:
            if b"AIGC" in packet:
                broken.append(FoundLabel(Place.XMP, None, str(error)))
            continue
        for name, values in read.items():
            said[name] = (*said.get(name, ()), *values)
    return said, broken


def _labels_in_xmp(said: Mapping[str, tuple[str, ...]]) -> Iterator[FoundLabel]:
    for name, values in said.items():
        if name.rpartition("}")[2] == "AIGC":  # in any namespace: not everybody writes the right one
            yield from (_label(Place.XMP, value) for value in values)


def _labels_in_texts(texts: list[tuple[str, str]]) -> Iterator[FoundLabel]:
    for key, text in texts:
        if key == "UserComment" and '"AIGC"' in text:
            yield _label(Place.COMMENT, text)
        elif "AIGC" in key:
            yield _label(Place.TEXT, text)


def _label(place: Place, text: str) -> FoundLabel:
    try:
        return FoundLabel(place, AigcLabel.loads(text))
    except ValueError as error:
        return FoundLabel(place, None, _short(str(error)))


def _recipe(texts: list[tuple[str, str]]) -> str:
    """As a text of a PNG, or in the description of a JPEG or WebP."""
    for key, text in texts:
        if key == _OURS:
            return text
        if key == "ImageDescription" and f'"{_OURS}"' in text:
            try:
                said = json.loads(text)
            except (ValueError, RecursionError):
                continue
            if isinstance(said, dict) and isinstance(said.get(_OURS), str):
                return said[_OURS]
    return ""


def _once(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(map(_short, texts)))


def _short(text: str) -> str:
    return text.strip()[:_SHOWN]
