"""Whose face comes where on a desk, once several faces of the target are to be fused."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from advisor.recommendation import Pair
from fusion import suitability
from fusion.face_setting import ALL, LARGEST, Mapped, WhichFace
from fusion.faces import box_of
from pages.parts.session.photo_slot import Slot, pair_of


@dataclass(slots=True)
class FaceMapping:
    """A source photo for each face of the target, or for some.

    Attributes:
        places: of the source photos, from 0, by the faces to which they come, which count from 0 from left to right;
            None where one face is fused.
    """

    places: dict[int, int] | None = None

    @property
    def is_on(self) -> bool:
        """Whether each face has a source of its own."""
        return self.places is not None

    def begin(self, face: int | None, place: int) -> None:
        """Let each face have its own, at first the one that was chosen."""
        self.places = {} if face is None else {face: place}

    def end(self) -> None:
        """One face again."""
        self.places = None

    def give(self, face: int, place: int | None) -> None:
        """A source photo for a face; None leaves the face as it is."""
        places = {at: other for at, other in (self.places or {}).items() if at != face}
        self.places = places if place is None else dict(sorted({**places, face: place}.items()))

    def give_all(self, count: int, place: int) -> None:
        """One source photo for all faces."""
        self.places = dict.fromkeys(range(count), place)

    def without(self, place: int) -> None:
        """A source photo was taken away, and those after it move up."""
        if self.places is not None:
            kept = {face: at for face, at in self.places.items() if at != place}
            self.places = {face: at - (at > place) for face, at in kept.items()}

    def lay(self, lines: Sequence[Mapped], target: Slot) -> None:
        """What settings say, as far as the target has those faces."""
        view = target.view
        if not lines or view is None:
            self.end()
            return
        self.places = {}
        for line in lines:
            if line.face == ALL:
                self.give_all(len(view.faces), line.photo)
            elif (face := view.face(line.face)) is not None:
                self.give(view.faces.index(face), line.photo)

    def lines(self, target: Slot, sources: Sequence[Slot]) -> tuple[Mapped, ...]:
        """As settings say it; nothing where a photo is missing."""
        view = target.view
        if view is None:
            return ()
        return tuple(
            Mapped(box_of(view.faces[face]), place, _chosen(sources, place))
            for face, place in (self.places or {}).items()
            if face < len(view.faces) and place < len(sources)
        )

    def pair(self, target: Slot, sources: Sequence[Slot]) -> Pair | None:
        """What advice must know: the sizes of the widest face, how many there are, and the two that suit least."""
        pairs = [found for found in self._pairs(target, sources) if found is not None]
        if not pairs:
            return pair_of(target, Slot())
        widest = max(pairs, key=lambda pair: pair.subject.target_px or 0.0)
        shown = [pair.shown for pair in pairs if pair.shown is not None]
        worst = max(shown, key=lambda both: suitability.judge(*both).verdict.rank, default=None)
        return replace(widest, subject=replace(widest.subject, faces=len(pairs)), shown=worst)

    def is_usable(self, target: Slot, sources: Sequence[Slot]) -> bool:
        """Whether every photo that is named shows the face that is meant."""
        return all(pair is not None and pair.subject.source_px is not None for pair in self._pairs(target, sources))

    def _pairs(self, target: Slot, sources: Sequence[Slot]) -> Iterator[Pair | None]:
        for line in self.lines(target, sources):
            source = sources[line.photo]
            yield pair_of(replace(target, chosen=line.face), replace(source, chosen=line.source))


def _chosen(sources: Sequence[Slot], place: int) -> WhichFace:
    """The face that is meant: that of the first photo can be chosen."""
    return sources[place].chosen if place == 0 else LARGEST
