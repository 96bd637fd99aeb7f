"""What one job fuses: a face of the target with the photo whose face comes there, or several, as a map says."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from fusion.engines import layers
from fusion.errors import NoFace, PairRefused, Reason, SettingsInvalid
from fusion.face_setting import ALL, FaceChoice, Mapped
from fusion.faces import Face, Searches, box_of, geometry
from fusion.facts import SourceFacts, Use
from fusion.notices import Notice
from fusion.photos import Photo
from fusion.pipeline import source_photos
from fusion.pipeline.judged import judged
from fusion.pipeline.looks import Looks
from fusion.pipeline.source_photos import Sources
from fusion.pipeline.stage_one import Pair
from fusion.settings import Settings
from fusion.sources import Look
from fusion.suitability import Shown, Suitability
from fusion.types import Box, Role


@dataclass(frozen=True, slots=True, eq=False)
class Match:
    """One face of the target, and who comes there.

    Attributes:
        settings: of a job that fuses this face alone.
        place: of the source photo that was named for it; None without a map.
        suited: how well the two go together; None before they are judged, and at ratio 0.
    """

    pair: Pair
    sources: Sources
    settings: Settings
    place: int | None = None
    suited: Suitability | None = None

    def judged(self, looks: Looks[Shown]) -> Match:
        """With the verdict on the pair.

        Raises:
            PairRefused: the two make no picture.
        """
        try:
            return replace(self, suited=judged(self.pair, looks, self.settings))
        except PairRefused as refused:
            if self.place is None:
                raise
            raise PairRefused(Reason.MAP_REFUSED, number=self.place + 1, **refused.details) from refused

    @property
    def line(self) -> Mapped:
        """Of the map, with the faces as they are kept."""
        return Mapped(self.settings.faces.target, self.place or 0, self.settings.faces.source)

    @property
    def notices(self) -> tuple[Notice, ...]:
        """What a user should know of the choice and of the pair."""
        causes = self.suited.causes if self.suited else ()
        return (*self.sources.notices, *(cause.notice() for cause in causes))


class Matcher:
    """Finds the faces of a job.

    Args:
        searches: finds and remembers faces.
        looks: at the source photos, of which one may be chosen.
    """

    def __init__(self, searches: Searches, looks: Looks[Look]) -> None:
        self._searches, self._looks = searches, looks

    def of_job(
        self,
        target: Photo,
        photos: Sequence[Photo],
        settings: Settings,
        notices: list[Notice],
        seen: Callable[[Photo, Face], None] = lambda photo, face: None,
    ) -> tuple[Match, ...]:
        """Every face that is fused, in the order in which it is.

        Args:
            settings: with an engine that is not `auto`.
            notices: what a user should know of the target's faces is added to them.
            seen: told of each face as soon as it is known.

        Raises:
            NoFace: the target has no usable face, or not the one asked for; no source photo has one, or not the one
                that a map names ("map_faceless").
            SettingsInvalid: "source_index": a photo was chosen that was not given; "face_mapped_twice".
        """
        if not settings.map:
            face = self._searches.face(target, Role.TARGET, settings, notices)
            seen(target, face)
            return (self._match(target, face, photos, settings, seen),)
        lines = self._lines(target, photos, settings, notices)
        return tuple(self._mapped(target, face, photos, line, settings, seen) for face, line in lines)

    def heads(self, target: Photo) -> list[Box]:
        """Boxes of all faces of the target."""
        return self._searches.heads(target)

    def _match(
        self,
        target: Photo,
        face: Face,
        photos: Sequence[Photo],
        settings: Settings,
        seen: Callable[[Photo, Face], None],
    ) -> Match:
        sources = source_photos.of_job(self._searches, self._looks, target, face, photos, settings)
        source, source_face = sources.first.as_seen()
        others = tuple(shot.portrait for shot in sources.others)
        pair = Pair(target, source, face, source_face, sources.first.key, others)
        seen(pair.source, pair.source_face)
        kept = replace(settings, faces=sources.settled(settings.faces, face))
        return Match(pair, sources, kept)

    def _mapped(
        self,
        target: Photo,
        face: Face,
        photos: Sequence[Photo],
        line: Mapped,
        settings: Settings,
        seen: Callable[[Photo, Face], None],
    ) -> Match:
        seen(target, face)
        alone = replace(settings, map=(), faces=FaceChoice(box_of(face), line.source))
        try:
            found = self._match(target, face, [photos[line.photo]], alone, seen)
        except NoFace as error:
            if error.reason not in (Reason.NO_FACE, Reason.FACE_TURNED):
                raise
            raise NoFace(Reason.MAP_FACELESS, number=line.photo + 1) from error
        return replace(found, place=line.photo)

    def _lines(
        self, target: Photo, photos: Sequence[Photo], settings: Settings, notices: list[Notice]
    ) -> list[tuple[Face, Mapped]]:
        """The map's lines with their faces of the target."""
        found: list[tuple[Face, Mapped]] = []
        for line in settings.map:
            if line.photo >= len(photos):
                raise SettingsInvalid(Reason.SOURCE_INDEX, index=line.photo, count=len(photos))
            if line.face == ALL:
                found += [(face, line) for face in self._searches.all(target, Role.TARGET)]
                continue
            choice = replace(settings, map=(), faces=FaceChoice(line.face))
            face = self._searches.face(target, Role.TARGET, choice, [])
            if any(face is other for other, _ in found):
                number = self._searches.all(target, Role.TARGET).index(face)
                raise SettingsInvalid(Reason.FACE_MAPPED_TWICE, face=str(number))
            found.append((face, line))
        if turned := self._searches.turned(target):
            notices.append(Notice("faces_turned", {"role": Role.TARGET, "count": turned}))
        return found


def widest(matches: Sequence[Match]) -> int:
    """The place of the one with the widest face of the target, which needs the most memory."""
    widths = [geometry.face_width(layers.points_of(match.pair.target_face)) for match in matches]
    return widths.index(max(widths))


def kept_settings(settings: Settings, matches: Sequence[Match]) -> Settings:
    """The settings as a job keeps them: faces that were called by a number, by their boxes.

    Args:
        settings: with which it ran.
    """
    if not settings.map:
        return replace(settings, faces=matches[0].settings.faces)
    return replace(settings, map=tuple(match.line for match in matches))


def frame_of(matches: Sequence[Match]) -> Box:
    """The box around all faces of the target that are fused, px of its photo."""
    boxes = [match.pair.target_face.box for match in matches]
    return Box(
        min(box.left for box in boxes),
        min(box.top for box in boxes),
        max(box.right for box in boxes),
        max(box.bottom for box in boxes),
    )


def facts_of(photos: Sequence[Photo], matches: Sequence[Match]) -> tuple[SourceFacts, ...]:
    """What became of each source photo of a map."""
    used = {match.place: match.sources.facts[0] for match in reversed(matches)}
    return tuple(
        replace(used[place], use=Use.MAPPED) if place in used else SourceFacts(photo.sha256, Use.NOT_PICKED)
        for place, photo in enumerate(photos)
    )
