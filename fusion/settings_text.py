"""Settings as people write them, on a command line or in a table: what a text means. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from fusion import setting_errors
from fusion.errors import PhotoRejected, Phrase, PhraseCode, Reason, SettingsInvalid
from fusion.settings import MAX_SOURCES, RANGES, Settings

FACES = {"target_face": "target", "source_face": "source"}
_TICKS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
# Every name under which a table may set something.
NAMES = (*(name for name in Settings().to_json() if name != "faces"), *FACES)


def parse_output(text: str) -> str | list[int]:
    """A size written as WIDTHxHEIGHT as settings have it; anything else as it is."""
    width, by, height = text.lower().replace("×", "x").partition("x")
    return [int(width), int(height)] if by and _is_index(width) and _is_index(height) else text


def parse_number(text: str) -> str | float:
    """A number, or the text where it is none."""
    try:
        return float(text)
    except ValueError:
        return text


def parse_switch(text: str) -> str | bool:
    """Whether a cell that is ticked or not says so, as spreadsheets write it; or the text where it says neither."""
    return _TICKS.get(text.lower(), text)


def parse_face(text: str | int) -> str | int | list[float]:
    """An index; a box written as LEFT,TOP,RIGHT,BOTTOM, with or without brackets; or the word that it is."""
    if not isinstance(text, str):
        return text
    edges = [edge for edge in map(parse_number, text.strip("[] ").split(",")) if isinstance(edge, float)]
    if len(edges) == text.count(",") + 1 == 4:
        return edges
    return int(text) if _is_index(text) else text


def parse_place(text: str) -> str | int:
    """A place among the source photos, or the word that it is."""
    return int(text) if _is_index(text) else text.lower()


def parse_map(said: Iterable[str]) -> tuple[tuple[str, ...], list[dict[str, Any]]]:
    """The photos that a map names, each once, and the map as settings have it.

    Args:
        said: lines like `0=anna.jpg`: a face of the target as `parse_face` reads it, or "all", and a photo's name.

    Raises:
        SettingsInvalid: a line says something else.
        PhotoRejected: "sources_too_many".
    """
    places: dict[str, int] = {}
    lines = []
    for text in said:
        face, _, name = (part.strip() for part in text.partition("="))
        if not face or not name:
            raise setting_errors.wrong("map", text, Phrase(PhraseCode.LIKE, {"example": "0=anna.jpg"}))
        lines.append({"face": parse_face(face.lower()), "photo": places.setdefault(name, len(places))})
    if len(places) > MAX_SOURCES:
        raise PhotoRejected(Reason.SOURCES_TOO_MANY, count=len(places), limit=MAX_SOURCES)
    return tuple(places), lines


def _is_index(text: str) -> bool:
    """Whether it is a whole number of at most nine digits; of thousands of them Python makes no number."""
    return text.isdecimal() and len(text) <= 9


def with_written(settings: Settings, cells: Mapping[str, str]) -> Settings:
    """`settings` but for what `cells` say; one that is empty says nothing.

    Args:
        cells: texts by names of `NAMES`.

    Raises:
        SettingsInvalid: a name is not known, or a value is wrong.
    """
    merged: dict[str, Any] = settings.to_json()
    faces = dict(merged["faces"])
    for name, text in cells.items():
        if name not in NAMES:
            raise SettingsInvalid(Reason.SETTING_UNKNOWN, key=name, known=", ".join(NAMES))
        if not text:
            continue
        if name in FACES:
            faces[FACES[name]] = parse_face(text)
        elif name == "source_photo":
            merged[name] = parse_place(text)
        elif name == "output":
            merged[name] = parse_output(text)
        elif name == "anyway":
            merged[name] = parse_switch(text)
        else:
            merged[name] = parse_number(text) if name in RANGES else text.lower()
    return Settings.from_json({**merged, "faces": faces})
