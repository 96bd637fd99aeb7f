"""The source photos of one fusion: which of them are used, how, and why. One photo of several, or all of them.

An engine that takes the face from a photo uses the one that suits the target best, in the mirror where that is better.
One that learns who a person is uses them all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import cv2
import numpy as np

from fusion import sources
from fusion.engines import Portrait, layers
from fusion.errors import NoFace, Reason, SettingsInvalid, frameless
from fusion.face_setting import LARGEST, FaceChoice
from fusion.faces import Face, Searches, box_of, mirror, settled
from fusion.facts import SourceFacts, Use
from fusion.notices import Notice
from fusion.photos import Photo
from fusion.pipeline.looks import Looks
from fusion.settings import Settings
from fusion.sources import Choice, Look, MirroredFor, Suit
from fusion.types import EngineName, Role, Switch


@dataclass(frozen=True, slots=True, eq=False)
class Shot:
    """A source photo with the face that is meant.

    Attributes:
        place: among the source photos, from 0.
        mirrored_for: why an engine is to see it as a mirror shows it; None where it is not.
    """

    place: int
    photo: Photo
    face: Face
    mirrored_for: MirroredFor | None = None

    def as_seen(self) -> tuple[Photo, Face]:
        """What an engine is to see."""
        if self.mirrored_for is None:
            return self.photo, self.face
        flipped = np.asarray(cv2.flip(self.photo.pixels, 1), np.uint8)
        return replace(self.photo, pixels=flipped), mirror.mirrored_face(self.face, self.photo.size.width)

    @property
    def key(self) -> tuple[str, object, bool]:
        """The same for the same picture with the same face."""
        return self.photo.sha256, box_of(self.face), self.mirrored_for is not None

    @property
    def portrait(self) -> Portrait:
        """As an engine takes it beside the first."""
        photo, face = self.as_seen()
        return Portrait(photo.pixels, layers.points_of(face), self.key)


@dataclass(frozen=True, slots=True, eq=False)
class Sources:
    """What a fusion is made of.

    Attributes:
        first: the photo that is used, or the first of them.
        others: those that are used with it.
        facts: of each that was given, in order.
        notices: what a user should know of the photos that are used, and of the choice.
        named: the face of the first photo that was given, if it was looked for and found.
    """

    first: Shot
    others: tuple[Shot, ...]
    facts: tuple[SourceFacts, ...]
    notices: tuple[Notice, ...]
    named: Face | None

    def settled(self, faces: FaceChoice, target: Face) -> FaceChoice:
        """The choice of faces as it is kept (`fusion.faces.settled`): it means the first photo that was given."""
        known = settled(faces, target, self.named or self.first.face)
        return known if self.named else FaceChoice(known.target, faces.source)

    def after(self, averaged: tuple[int, ...]) -> tuple[tuple[SourceFacts, ...], list[Notice]]:
        """The facts once an engine has said which of several photos it has used, and what to tell of that.

        Args:
            averaged: as of `fusion.engines.Layers`.
        """
        if not averaged:
            return self.facts, []
        shots = (self.first, *self.others)
        left_out = [shot.place for at, shot in enumerate(shots) if at not in averaged]
        facts = tuple(
            replace(each, use=Use.UNLIKE, mirrored_for="") if at in left_out else each
            for at, each in enumerate(self.facts)
        )
        told = [Notice("sources_averaged", {"count": len(averaged)})] if len(averaged) > 1 else []
        told += [Notice("source_unlike", {"number": place + 1}) for place in left_out]
        return facts, told


def of_job(
    searches: Searches,
    looks: Looks[Look],
    target: Photo,
    target_face: Face,
    photos: Sequence[Photo],
    settings: Settings,
) -> Sources:
    """Find the faces of the source photos, and decide which are used.

    Args:
        settings: with an engine that is not `auto`.

    Raises:
        NoFace: the photo that was chosen has no usable face, or none has.
        SettingsInvalid: "source_index": a photo was chosen that was not given.
    """
    picked = settings.source_photo
    if picked is not None and picked >= len(photos):
        raise SettingsInvalid(Reason.SOURCE_INDEX, index=picked, count=len(photos))
    places = range(len(photos)) if picked is None else [picked]
    shots, notices = _found(searches, photos, places, settings)
    decided = _decided(looks, target, target_face, shots, settings)
    facts = [SourceFacts(photo.sha256, _left(place, shots, picked)) for place, photo in enumerate(photos)]
    for place, suit in decided.suits.items():
        facts[place] = replace(facts[place], measures=suit.measures)
    for shot in decided.used:
        use = decided.use if picked is None else Use.PICKED
        facts[shot.place] = replace(facts[shot.place], use=use, mirrored_for=str(shot.mirrored_for or ""))
    first, *others = decided.used
    told = [notice for shot in decided.used for notice in shot.photo.notices]
    if decided.choice is not None:
        facts[first.place] = replace(facts[first.place], merits=tuple(map(str, decided.choice.merits)))
        notices.append(decided.choice.notice(first.place, len(photos)))
    if first.mirrored_for is not None:
        notices.append(Notice(f"source_mirrored_{first.mirrored_for}"))
    named = next((shot.face for shot in shots if shot.place == 0), None)
    return Sources(first, tuple(others), tuple(facts), (*told, *notices), named)


@dataclass(frozen=True, slots=True, eq=False)
class _Decided:
    """Which shots are used, and why; what was measured, by the photos' places."""

    used: tuple[Shot, ...]
    use: Use
    choice: Choice | None = None
    suits: Mapping[int, Suit] = field(default_factory=dict)


def _decided(
    looks: Looks[Look], target: Photo, target_face: Face, shots: Sequence[Shot], settings: Settings
) -> _Decided:
    use = Use.AVERAGED if len(shots) > 1 else Use.ONLY
    if settings.engine != EngineName.LANDMARK or (len(shots) == 1 and settings.mirror != Switch.AUTO):
        why = MirroredFor.WISH if settings.mirror == Switch.ON else None
        return _Decided(tuple(replace(shot, mirrored_for=why) for shot in shots), use)
    wanted = looks.of(target, target_face)
    found = [looks.of(shot.photo, shot.face) for shot in shots]
    if len(shots) == 1:
        return _Decided((replace(shots[0], mirrored_for=sources.mirrored_for(wanted, found[0])),), use)
    suits = [sources.suit(wanted, look, settings.mirror) for look in found]
    choice = sources.choose(suits)
    taken = replace(shots[choice.index], mirrored_for=suits[choice.index].mirrored_for)
    by_place = {shot.place: suit for shot, suit in zip(shots, suits, strict=True)}
    return _Decided((taken,), Use.BEST, choice, by_place)


def _found(
    searches: Searches, photos: Sequence[Photo], places: Sequence[int], settings: Settings
) -> tuple[list[Shot], list[Notice]]:
    """The photos in which there is a face; of the others that is told. The choice of a face is that of the first."""
    largest = replace(settings, faces=replace(settings.faces, source=LARGEST))
    shots: list[Shot] = []
    notices: list[Notice] = []
    refused: list[NoFace] = []
    for place in places:
        try:
            face = searches.face(photos[place], Role.SOURCE, largest if place else settings, notices)
        except NoFace as error:
            refused.append(frameless(error))
            notices.append(Notice("source_unusable", {"number": place + 1}))
        else:
            shots.append(Shot(place, photos[place], face))
    if not shots:
        raise refused[0]
    return shots, notices


def _left(place: int, shots: Sequence[Shot], picked: int | None) -> Use:
    """Why a photo is not used, if it is not."""
    if picked is not None:
        return Use.NOT_PICKED
    return Use.WORSE if place in {shot.place for shot in shots} else Use.NO_FACE
