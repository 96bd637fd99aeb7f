"""`python -m advisor recommend TARGET SOURCE`: which size, stages and engine for two photos here, and why."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from advisor.cli import text
from advisor.device import Place, Reader, capabilities, compute_target, host
from advisor.forecast import Coefficients, fitted, shipped
from advisor.recommendation import Intent, Pair, face_look, recommend
from fusion import config, suitability
from fusion.cli import Console, streams
from fusion.errors import FusionError
from fusion.faces import Face, FaceFinder, choose, geometry
from fusion.files import inputs
from fusion.memory import budget
from fusion.photos import Limits, Photo, decode
from fusion.settings import Preset, Settings
from fusion.settings_text import parse_output
from fusion.sizing import Subject
from fusion.storage import FILE, Ledger
from fusion.types import Role
from fusion.units import GIB

PINS = ("output", "aspect", "fit", "two_stage", "engine", "precision", "ratio")


def recommend_for(
    target: Annotated[Path, typer.Argument(help="The photo that keeps its pose, light and background.")],
    source: Annotated[Path, typer.Argument(help="The photo that gives the face.")],
    intent: Annotated[Intent, typer.Option(help="What the picture is for.")] = Intent.AUTO,
    free_gib: Annotated[float | None, typer.Option(help="Take so much memory for free, whatever is.")] = None,
    pin: Annotated[list[str] | None, typer.Option(help="A setting that stays as it is, like output=2048.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Which size, stages and engine, and why; all others with what they need."""
    if free_gib is not None and not 0 <= free_gib < math.inf:
        raise typer.BadParameter(f"--free-gib is {free_gib:g}; it must be 0 or more")
    pinned = _pinned(pin or [])
    settings = _settings(intent, pinned)
    most = config.load().max_upload_bytes
    data = inputs.read(target, most), inputs.read(source, most)
    with Reader(config.load().data) as reader:
        reader.begin()
        with Console():
            pair = pair_of(data[0], data[1], settings)
        snapshot, held = reader.read(), budget.private_bytes()
    free = None if free_gib is None else round(free_gib * GIB)
    place = compute_target.place_of(snapshot, torch_cuda=capabilities.torch_has_cuda(), free_bytes=free)
    if free is None and place.kind == compute_target.Kind.CPU:
        place = replace(place, held_bytes=held)  # who fuses comes after us, and into our place
    known = _coefficients(place)
    advice = recommend(pair, intent, settings, frozenset(pinned), place, capabilities.ways(place, snapshot), known)
    if as_json:
        streams.answer_json({"device": place.to_json(), "advice": advice.to_json()})
    else:
        for line in text.lines(advice, place):
            streams.answer(line)


def pair_of(target: bytes, source: bytes, settings: Settings) -> Pair:
    """What advice must know of two photo files.

    Raises:
        PhotoRejected, NoFace
    """
    limits = Limits(max_bytes=config.load().max_upload_bytes)
    photos = [decode.read(data, role, limits) for data, role in zip((target, source), Role, strict=True)]
    wishes = settings.faces.target, settings.faces.source
    with FaceFinder() as finder:
        found = [
            choose(finder.find(each.pixels), wish, role) for each, wish, role in zip(photos, wishes, Role, strict=True)
        ]
    subject = Subject(
        photos[0].size,
        found[0].box,
        geometry.face_width(found[0].landmarks),
        geometry.face_width(found[1].landmarks),
        photos[1].size,
    )
    both = list(zip(photos, found, strict=True))
    looks = [_look(*each, data) for each, data in zip(both, (target, source), strict=True)]
    shown = [suitability.look(photo.pixels, face) for photo, face in both]
    return Pair(subject, looks[0], looks[1], (shown[0], shown[1]))


def _look(shown: Photo, face: Face, data: bytes) -> face_look.Look:
    return face_look.look(shown.pixels, face, len(data))


def _pinned(pins: list[str]) -> dict[str, Any]:
    """The settings that `--pin NAME=VALUE` names, as JSON types."""
    found: dict[str, Any] = {}
    for pin in pins:
        name, by, value = pin.partition("=")
        if not by or name not in PINS:
            raise typer.BadParameter(f"--pin is {pin}; it must be NAME=VALUE, and NAME one of {', '.join(PINS)}")
        found[name] = parse_output(value) if name == "output" else value
    if "ratio" in found:
        try:
            found["ratio"] = float(found["ratio"])
        except ValueError as error:
            raise typer.BadParameter(f"ratio is {found['ratio']}; it must be between 0 and 1") from error
    return found


def _settings(intent: Intent, pinned: dict[str, Any]) -> Settings:
    """The intent's preset under the pins."""
    settings = Settings() if intent == Intent.AUTO else Settings().with_preset(Preset(intent))
    return Settings.from_json(settings.to_json() | pinned)


def _coefficients(place: Place) -> Coefficients:
    """Fitted to what was measured there; the shipped ones, and a line on standard error, where that cannot be read."""
    prior = shipped(place.kind)
    path = config.load().data / FILE
    if host.is_disk_silent(path.parent):
        streams.complain(f"the disk of {path} does not answer: what was measured here is not counted.")
        return prior
    try:
        rows = Ledger(path).rows()
    except FusionError as error:
        streams.complain(f"{error.message} {error.remedy}")
        return prior
    return fitted([row for row in rows if row.device == place.name], prior)
