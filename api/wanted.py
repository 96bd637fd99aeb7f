"""What somebody wants to have fused, or advised on: photos and settings out of the fields of a request.

A photo goes by several names, of other tools' clients too; each setting may stand within `settings` or beside it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from api import bodies
from api.bodies import Fields, File
from fusion import config
from fusion.errors import FusionError, PhotoRejected, PhraseCode, Reason
from fusion.photos import Limits, decode
from fusion.settings import MAX_SOURCES, Preset, Settings

TARGET = ("target", "target_image", "template", "input_image")
SOURCE = ("source", "source_image", "user", "swap_image")
MORE = "sources"
_ALIASES = ("output_resolution", "preserve_aspect_ratio")
SETTINGS = (*(each.name for each in fields(Settings)), *_ALIASES)
IGNORED = ("version", "model", "stream")  # of clients of Replicate; there is one model here
_OWN = ("settings", "preset", "consent", "check")
_FALSE_OR_NONE = (None, False, "false")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody wants.

    Attributes:
        settings: with which it is fused.
        is_agreed: whether the people in the photos agreed, as who asks has said.
        is_checked: whether it is to be looked at first whether it fits; None: where that is in doubt.
    """

    target: File
    sources: tuple[File, ...]
    settings: Settings
    is_agreed: bool
    is_checked: bool | None

    def digest(self) -> str:
        """The same for the same, and for that alone."""
        photos = [hashlib.sha256(each.data).hexdigest() for each in (self.target, *self.sources)]
        text = json.dumps([photos, self.settings.to_json()], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


def wanted(given: Fields) -> Wanted:
    """Read it.

    Raises:
        FusionError: a field is missing, wrong, or unknown.
        PhotoRejected: what is sent as a photo is none that is read.
        SettingsInvalid
    """
    flat = flattened(given)
    check_names(flat, (*TARGET, *SOURCE, MORE, *_OWN, *SETTINGS, *IGNORED))
    target, sources = photos(flat)
    is_agreed = _is_true("consent", flat.get("consent"))
    is_checked = None if flat.get("check") is None else _is_true("check", flat["check"])
    return Wanted(target, sources, settings(flat), is_agreed, is_checked)


def flattened(given: Fields) -> dict[str, Any]:
    """The fields, with those within `input` beside the others."""
    inner = given.get("input", {})
    if not isinstance(inner, Mapping):
        raise bodies.wrong("input", PhraseCode.AN_OBJECT)
    return {**{name: value for name, value in given.items() if name != "input"}, **inner}


def check_names(flat: Fields, known: tuple[str, ...]) -> None:
    """
    Raises:
        FusionError: "request_field_unknown".
    """
    for name in flat:
        if name not in known:
            raise FusionError(Reason.REQUEST_FIELD_UNKNOWN, name=name[:80], known=", ".join(known))


def photos(flat: Fields) -> tuple[File, tuple[File, ...]]:
    """The target, and the photos of the person who gives the face.

    Raises:
        FusionError, PhotoRejected: as `wanted`.
    """
    target = [bodies.photo(name, value) for name, value in _named(flat, TARGET)]
    sources = [bodies.photo(name, value) for name, value in _named(flat, (*SOURCE, MORE))]
    if len(target) != 1:
        raise bodies.wrong(TARGET[0], PhraseCode.A_PHOTO)
    if not sources:
        raise bodies.wrong(SOURCE[0], PhraseCode.A_PHOTO)
    if len(sources) > MAX_SOURCES:
        raise PhotoRejected(Reason.SOURCES_TOO_MANY, count=len(sources), limit=MAX_SOURCES)
    limits = Limits(max_bytes=config.load().max_upload_bytes)
    for photo in (*target, *sources):
        decode.glance(photo.data, limits)
    return target[0], tuple(sources)


def settings(flat: Fields) -> Settings:
    """The settings: the preset's under those within `settings`, under those beside it.

    Raises:
        SettingsInvalid, FusionError
    """
    inner = {} if flat.get("settings") is None else flat["settings"]
    if not isinstance(inner, Mapping):
        raise bodies.wrong("settings", PhraseCode.AN_OBJECT)
    said = {**inner, **{name: flat[name] for name in SETTINGS if name in flat}}
    made = Settings.from_json(said)
    preset = _preset(flat.get("preset"))
    if preset is None:
        return made
    named = set(said) | ({"output", "fit"} if set(said) & set(_ALIASES) else set())
    return replace(preset, **{name: getattr(made, name) for name in named.difference(_ALIASES)})


def _preset(name: object) -> Settings | None:
    if name is None:
        return None
    if name not in list(Preset):
        raise bodies.wrong("preset", PhraseCode.ONE_OF, names=tuple(map(str, Preset)))
    return Settings().with_preset(Preset(str(name)))


def _named(flat: Fields, names: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    """Every value under one of these names; of a list each."""
    for name in names:
        value = flat.get(name)
        for each in value if isinstance(value, list) else [] if value is None else [value]:
            yield name, each


def _is_true(name: str, value: object) -> bool:
    if value is True or value == "true":
        return True
    if any(value is each or value == each for each in _FALSE_OR_NONE if isinstance(value, type(each))):
        return False
    raise bodies.wrong(name, PhraseCode.TRUE_OR_FALSE)
