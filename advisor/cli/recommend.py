"""`python -m advisor recommend TARGET SOURCE`: which size, stages and engine for two photos here, and why.

Of several photos of the source's person it says which one suits the target best, too.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import typer

from advisor.cli import text
from advisor.device import Place, Reader, Snapshot, capabilities, compute_target, host
from advisor.forecast import Coefficients, fitted, shipped
from advisor.recommendation import Intent, Pair, face_look, recommend
from fusion import config, sources, suitability
from fusion.cli import Console, streams
from fusion.errors import FusionError, NoFace, PhotoRejected, Reason, frameless
from fusion.face_setting import LARGEST, WhichFace
from fusion.faces import Face, FaceFinder, choose, geometry
from fusion.facts import SourceFacts, Use
from fusion.files import inputs
from fusion.memory import budget
from fusion.notices import Notice
from fusion.parsing import FaceMap, parse
from fusion.photos import Limits, Photo, decode
from fusion.settings import MAX_SOURCES, Preset, Settings
from fusion.settings_text import parse_output
from fusion.sizing import Subject
from fusion.storage import FILE, Ledger
from fusion.types import EngineName, Role
from fusion.units import GIB

PINS = ("output", "aspect", "fit", "two_stage", "engine", "precision", "ratio")


@dataclass(frozen=True, slots=True, eq=False)
class Given:
    """What was given, looked at.

    Attributes:
        pair: the target and the source photo that suits it best.
        facts: of each source photo, in order.
        notices: which of several is used and why, and which cannot be.
    """

    pair: Pair
    facts: tuple[SourceFacts, ...]
    notices: tuple[Notice, ...]

    def with_engine(self, engine: EngineName | None) -> Given:
        """As it is told where that engine is to fuse: unet learns from all photos, and chooses none."""
        usable = [each for each in self.facts if each.use != Use.NO_FACE]
        if engine != EngineName.UNET or len(usable) < 2:
            return self
        facts = (replace(each, use=Use.AVERAGED, merits=()) if each in usable else each for each in self.facts)
        left = (notice for notice in self.notices if not notice.code.startswith("source_best"))
        return replace(self, facts=tuple(facts), notices=tuple(left))


@dataclass(frozen=True, slots=True, eq=False)
class _Shot:
    """A photo with the face that is meant."""

    photo: Photo
    face: Face
    parsed: FaceMap
    file_bytes: int

    @property
    def look(self) -> sources.Look:
        """What tells whether it suits another."""
        return sources.look(self.photo.pixels, self.face, self.parsed)

    @property
    def shown(self) -> suitability.Shown:
        """What is to be seen of the face."""
        return suitability.look(self.photo.pixels, self.face, self.parsed)

    @property
    def noted(self) -> face_look.Look:
        """What advice must know of the photo."""
        return face_look.look(self.photo.pixels, self.face, self.file_bytes)


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
        with Console():
            given = given_in(target_data, data, settings)
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


def given_in(target: bytes, photos: Sequence[bytes], settings: Settings) -> Given:
    """What advice must know of photo files: of the target's, and of those of the source's person.

    Raises:
        PhotoRejected: one of them cannot be read.
        NoFace: the target has none, or no photo of the source has.
    """
    wishes = settings.faces
    with FaceFinder() as finder:
        wanted = _shot(finder, target, Role.TARGET, wishes.target)
        shots = [_usable(finder, data, LARGEST if place else wishes.source) for place, data in enumerate(photos)]
    usable = [shot for shot in shots if isinstance(shot, _Shot)]
    if not usable:
        raise next(error for error in shots if isinstance(error, NoFace))
    return _chosen(wanted, shots, settings, [hashlib.sha256(data).hexdigest() for data in photos])


def _chosen(wanted: _Shot, shots: Sequence[_Shot | NoFace], settings: Settings, sha256: Sequence[str]) -> Given:
    """The photo of the source that suits best, and what is told of each."""
    usable = {place: shot for place, shot in enumerate(shots) if isinstance(shot, _Shot)}
    facts = [SourceFacts(each, Use.WORSE if at in usable else Use.NO_FACE) for at, each in enumerate(sha256)]
    notices = [Notice("source_unusable", {"number": at + 1}) for at in range(len(shots)) if at not in usable]
    sought = wanted.look
    suits = {place: sources.suit(sought, shot.look, settings.mirror) for place, shot in usable.items()}
    choice = sources.choose(list(suits.values()))
    place, use = list(suits)[choice.index], Use.ONLY
    if len(suits) > 1:
        use = Use.BEST
        notices.append(choice.notice(place, len(shots)))
        for at, suit in suits.items():
            facts[at] = replace(facts[at], measures=suit.measures)
    mirrored_for = str(suits[place].mirrored_for or "")
    facts[place] = replace(facts[place], use=use, merits=tuple(map(str, choice.merits)), mirrored_for=mirrored_for)
    return Given(_pair(wanted, usable[place]), tuple(facts), tuple(notices))


def _pair(target: _Shot, source: _Shot) -> Pair:
    target_px, source_px = (geometry.face_width(each.face.landmarks) for each in (target, source))
    subject = Subject(target.photo.size, target.face.box, target_px, source_px, source.photo.size)
    return Pair(subject, target.noted, source.noted, (target.shown, source.shown))


def _shot(finder: FaceFinder, data: bytes, role: Role, wish: WhichFace) -> _Shot:
    photo = decode.read(data, role, Limits(max_bytes=config.load().max_upload_bytes))
    face = choose(finder.find(photo.pixels), wish, role)
    return _Shot(photo, face, parse(photo.pixels, face), len(data))


def _usable(finder: FaceFinder, data: bytes, wish: WhichFace) -> _Shot | NoFace:
    """A photo of the source; why there is no face to be used in it, if there is none."""
    try:
        return _shot(finder, data, Role.SOURCE, wish)
    except NoFace as error:
        return frameless(error)


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
    return fitted([row for row in rows if row.device == place.name], prior)
