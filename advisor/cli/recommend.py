"""`python -m advisor recommend TARGET SOURCE`: which size, stages and engine for two photos here, and why.

Of several photos of the source's person it says which one suits the target best, too.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from advisor.cli import text
from advisor.device import Place, Reader, Snapshot, capabilities, compute_target, host
from advisor.forecast import Coefficients, fitted, shipped
from advisor.given import given_in
from advisor.recommendation import Intent, recommend
from fusion import config
from fusion.cli import Console, streams
from fusion.errors import FusionError, PhotoRejected, Reason
from fusion.faces import FaceFinder
from fusion.files import inputs
from fusion.memory import budget, cores
from fusion.settings import MAX_SOURCES, Preset, Settings
from fusion.settings_text import parse_output
from fusion.storage import FILE, Ledger
from fusion.units import GIB

PINS = ("output", "aspect", "fit", "two_stage", "engine", "precision", "ratio")


def recommend_for(
    target: Annotated[Path, typer.Argument(help="The photo that keeps its pose, light and background.")],
    source: Annotated[Path | None, typer.Argument(help="The photo that gives the face.")] = None,
    more: Annotated[
        list[Path] | None,
        typer.Option(
            "--source", help="A photo of the person who gives the face, in place of SOURCE or beside it; up to 8."
        ),
    ] = None,
    intent: Annotated[Intent, typer.Option(help="What the picture is for.")] = Intent.AUTO,
    free_gib: Annotated[float | None, typer.Option(help="Take so much memory for free, whatever is.")] = None,
    card_gib: Annotated[
        float | None, typer.Option(help="What a graphics card of so much memory would do; none need be there.")
    ] = None,
    pin: Annotated[list[str] | None, typer.Option(help="A setting that stays as it is, like output=2048.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Which size, stages and engine, and why; all others with what they need."""
    _check(free_gib, card_gib)
    pinned = _pinned(pin or [])
    settings = _settings(intent, pinned)
    most = config.load().max_upload_bytes
    target_data, *data = (inputs.read(file, most) for file in (target, *_sources(source, more or [])))
    with Reader(config.load().data) as reader:
        reader.begin()
        with Console(), FaceFinder() as finder:
            given = given_in(target_data, data, settings, finder)
        snapshot, held = reader.read(), budget.private_bytes()
    place = _place(snapshot, held, free_gib, card_gib)
    known = _coefficients(place)
    advice = recommend(
        given.pair, intent, settings, frozenset(pinned), place, capabilities.ways(place, snapshot), known
    )
    given = given.with_engine(advice.chosen.workload.engine if advice.chosen else None)
    if as_json:
        facts = [each.to_json() for each in given.facts]
        streams.answer_json({"device": place.to_json(), "advice": advice.to_json(), "sources": facts})
    else:
        for line in (*text.lines(advice, place), *(f"note: {notice}" for notice in given.notices)):
            streams.answer(line)


def _check(free_gib: float | None, card_gib: float | None) -> None:
    """
    Raises:
        typer.BadParameter: there can be no such memory.
    """
    if free_gib is not None and not 0 <= free_gib < math.inf:
        raise typer.BadParameter(f"--free-gib is {free_gib:g}; it must be 0 or more")
    if card_gib is not None and not 0 < card_gib < math.inf:
        raise typer.BadParameter(f"--card-gib is {card_gib:g}; it must be more than 0, such as --card-gib 8")
    if free_gib is not None and card_gib is not None and free_gib > card_gib:
        raise typer.BadParameter(f"--free-gib is {free_gib:g}; of a card of {card_gib:g} GiB it must be that or less")


def _place(snapshot: Snapshot, held: int, free_gib: float | None, card_gib: float | None) -> Place:
    """Where it would run. `held`: bytes that this process holds of the host's memory."""
    free = None if free_gib is None else round(free_gib * GIB)
    if card_gib is not None:
        place = compute_target.supposed(max(1, round(card_gib * GIB)), snapshot.host.platform)
        return place if free is None else replace(place, free_bytes=free)
    place = compute_target.place_of(snapshot, torch_cuda=capabilities.torch_has_cuda(), free_bytes=free)
    if free is None and place.kind == compute_target.Kind.CPU:
        return replace(place, held_bytes=held)  # who fuses comes after us, and into our place
    return place


def _sources(first: Path | None, more: Sequence[Path]) -> tuple[Path, ...]:
    """The photos of the source's person."""
    given = (*filter(None, (first,)), *more)
    if not given:
        raise typer.BadParameter("give two photos, TARGET and SOURCE")
    if len(given) > MAX_SOURCES:
        raise PhotoRejected(Reason.SOURCES_TOO_MANY, count=len(given), limit=MAX_SOURCES)
    return given


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
    """Fitted to what was measured there; the shipped ones, and a line on standard error, where that cannot be read.

    Of a supposed card nothing was.
    """
    prior = shipped(place.kind)
    if place.is_supposed:
        return prior
    path = config.load().data / FILE
    if host.is_disk_silent(path.parent):
        streams.complain(f"the disk of {path} does not answer: what was measured here is not counted.")
        return prior
    try:
        rows = Ledger(path).rows()
    except FusionError as error:
        streams.complain(f"{error.message} {error.remedy}")
        return prior
    return fitted([row for row in rows if row.device == place.name], prior, cores.chosen())
