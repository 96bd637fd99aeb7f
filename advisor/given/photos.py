"""Photo files as advice must know them: of the target, and of the person who gives the face."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

from advisor.recommendation import Pair, face_look
from fusion import config, sources, suitability
from fusion.errors import NoFace, frameless
from fusion.face_setting import LARGEST, WhichFace
from fusion.faces import Face, FaceFinder, choose, geometry, known
from fusion.facts import SourceFacts, Use
from fusion.notices import Notice
from fusion.parsing import FaceMap, parse
from fusion.photos import Limits, Photo, decode
from fusion.settings import Settings
from fusion.sizing import Subject
from fusion.types import EngineName, Role


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


def given_in(target: bytes, photos: Sequence[bytes], settings: Settings, finder: FaceFinder) -> Given:
    """What advice must know of photo files: of the target's, and of those of the source's person.

    Raises:
        PhotoRejected: one of them cannot be read.
        NoFace: the target has none, or no photo of the source has.
    """
    wishes = settings.faces
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
    face = choose(known.search(finder, photo), wish, role)
    return _Shot(photo, face, parse(photo.pixels, face), len(data))


def _usable(finder: FaceFinder, data: bytes, wish: WhichFace) -> _Shot | NoFace:
    """A photo of the source; why there is no face to be used in it, if there is none."""
    try:
        return _shot(finder, data, Role.SOURCE, wish)
    except NoFace as error:
        return frameless(error)
