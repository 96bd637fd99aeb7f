"""Every pair of a plan judged before it is queued: in the caller's thread, or in one of its own.

Each photo is decoded and looked at once, however many pairs it is in; what it shows of a face takes some kilobytes.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from fusion import sources, suitability
from fusion.batches.inputs import Checked, Pair, Plan, Refused
from fusion.errors import FusionError, Reason, SettingsInvalid, frameless
from fusion.face_setting import ALL, LARGEST, WhichFace
from fusion.faces import Finder, Search, choose, geometry, largest
from fusion.parsing import parse
from fusion.photos import decode
from fusion.settings import Settings
from fusion.sizing import Subject
from fusion.suitability import Suitability
from fusion.threads import ServiceThread
from fusion.types import Box, EngineName, Role

Found = Suitability | FusionError  # of a pair; an error: why one of its photos cannot be looked at
_Key = tuple[str, WhichFace]  # a photo's sha256, and which face is meant
_Wish = tuple[Checked, Role, WhichFace]


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    """A face: what is to be seen of it, what tells whether it suits another, and the box of its landmarks."""

    shown: suitability.Shown
    look: sources.Look
    box: Box


@dataclass(slots=True)
class Looks:
    """What photos show of the faces that are meant; each is looked at once."""

    finder: Finder
    _known: dict[_Key, _Seen | FusionError] = field(default_factory=dict)
    _counts: dict[str, int] = field(default_factory=dict)  # faces of each photo, by its sha256
    shares: dict[str, float | None] = field(default_factory=dict)  # of the shorter side, the largest face; likewise

    def look(self, photo: Checked, role: Role, wish: WhichFace) -> None:
        """Look at a photo now, so that a pair that it is in is judged at once."""
        self._at(photo, role, wish)

    def count(self, photo: Checked) -> int:
        """How many faces a photo shows, as far as it has been looked at."""
        return self._counts.get(photo.sha256, 0)

    def judge(self, pair: Pair) -> Found:
        """How well the two faces of a pair go together; of several photos of the source, that of the one to be used."""
        if pair.settings.map:
            return self._mapped(pair)
        faces = self._faces(pair)
        if isinstance(faces, FusionError):
            return faces
        target, source, _ = faces
        return suitability.judge(target.shown, source.shown, pair.settings)

    def subject(self, pair: Pair, *, only_known: bool = False) -> Subject | None:
        """What the faces that `judge` compares are for the sizing of a result; None without them, or with a map.

        Args:
            only_known: look at no photo for it that was not looked at already.
        """
        is_known = all((photo.sha256, wish) in self._known for photo, _, wish in _wanted(pair))
        faces = self._faces(pair) if not pair.settings.map and (is_known or not only_known) else None
        if faces is None or isinstance(faces, FusionError):
            return None
        target, source, photo = faces
        return Subject(pair.target.size, target.box, target.shown.width_px, source.shown.width_px, photo.size)

    def _faces(self, pair: Pair) -> tuple[_Seen, _Seen, Checked] | FusionError:
        """The target's face, the source's, and the photo that this one is in."""
        target, *shots = (self._at(*meant) for meant in _wanted(pair))
        if isinstance(target, FusionError):
            return target
        source = _used(target, shots, pair.settings)
        return source if isinstance(source, FusionError) else (target, source, pair.sources[shots.index(source)])

    def _mapped(self, pair: Pair) -> Found:
        """The worst of what is found of the faces that a map names, or the first error."""
        found: list[Suitability] = []
        for line in pair.settings.map:
            if line.photo >= len(pair.sources):
                return SettingsInvalid(Reason.SOURCE_INDEX, index=line.photo, count=len(pair.sources))
            source = self._at(pair.sources[line.photo], Role.SOURCE, line.source)
            for which in self._meant(pair.target, line.face):
                target = self._at(pair.target, Role.TARGET, which)
                if isinstance(target, FusionError):
                    return target
                if isinstance(source, FusionError):
                    return source
                found.append(suitability.judge(target.shown, source.shown, pair.settings))
        return max(found, key=lambda each: each.verdict.rank)

    def _meant(self, target: Checked, face: WhichFace) -> Sequence[WhichFace]:
        """Each face of a target for all of them; where none is found, one that will be missed."""
        if face != ALL:
            return [face]
        self._at(target, Role.TARGET, LARGEST)
        return range(self._counts.get(target.sha256, 0)) or [LARGEST]

    def _at(self, photo: Checked, role: Role, wish: WhichFace) -> _Seen | FusionError:
        key = photo.sha256, wish
        if key not in self._known:
            try:
                pixels = decode.read(photo.given.read(), role).pixels
                search = self.finder.find(pixels)
                self._counts[photo.sha256] = len(search.faces)
                self.shares[photo.sha256] = _share(search, pixels)
                face = choose(search, wish, role)
                parsed = parse(pixels, face)
                self._known[key] = _Seen(
                    suitability.look(pixels, face, parsed), sources.look(pixels, face, parsed), face.box
                )
            except FusionError as error:
                self._known[key] = frameless(error)
        return self._known[key]


def _wanted(pair: Pair) -> Iterator[_Wish]:
    """The photos of a pair, the target first, with the face that is meant in each."""
    wishes = pair.settings.faces
    yield pair.target, Role.TARGET, wishes.target
    for place, photo in enumerate(pair.sources):
        yield photo, Role.SOURCE, LARGEST if place else wishes.source


def _share(search: Search, pixels: np.ndarray) -> float | None:
    """How wide the largest face is, as a share of the photo's shorter side; None where there is none."""
    if not search.faces:
        return None
    return geometry.face_width(largest(search.faces).landmarks) / min(pixels.shape[:2])


def _used(target: _Seen, shots: Sequence[_Seen | FusionError], settings: Settings) -> _Seen | FusionError:
    """The source photo that will be fused: that which is asked for, else the one that suits best; an error if none."""
    picked = settings.source_photo
    if picked is not None:
        return shots[min(picked, len(shots) - 1)]  # what is beyond them is left to its job to tell
    usable = [shot for shot in shots if not isinstance(shot, FusionError)]
    if settings.engine == EngineName.UNET:  # which uses them all
        return usable[0] if usable else shots[0]
    found = sources.best(target.look, [shot.look for shot in usable], settings.mirror)
    return shots[0] if found is None else usable[found[0]]


def refusal(pair: Pair, found: Found, *, faceless: bool = False) -> Refused | None:
    """What is not to be queued of a pair, and why; None where it is.

    Args:
        faceless: whether photos that cannot be looked at, or show no face, count; else they are left to their job.
    """
    both = " + ".join(pair.names)
    if isinstance(found, FusionError):
        alone = {str(role): name for role, name in zip(Role, pair.names, strict=True)}.get(
            str(found.details.get("role")), both
        )
        return Refused(alone, found) if faceless else None
    if pair.settings.anyway or pair.settings.ratio == 0 or found.refusal is None:
        return None
    return Refused(both, found.refusal)


def sifted(plan: Plan, looks: Looks, watch: Callable[[int], None] = lambda done: None) -> Plan:
    """The plan with the pairs that make no picture among what is refused.

    Args:
        watch: told how many pairs are judged.
    """
    found = []
    for done, pair in enumerate(plan.pairs):
        watch(done)
        found.append(looks.judge(pair))
    return without(plan, found)


def without(plan: Plan, found: Sequence[Found], *, faceless: bool = False) -> Plan:
    """Likewise, once some are judged: the first of its pairs, in their order. A photo is told of once.

    Args:
        faceless: as of `refusal`.
    """
    whys = [refusal(pair, each, faceless=faceless) for pair, each in zip(plan.pairs, found, strict=False)]
    refused = {(why.name, why.error.reason): why for why in whys if why is not None}
    kept = tuple(pair for number, pair in enumerate(plan.pairs) if number >= len(whys) or whys[number] is None)
    return replace(plan, pairs=kept, refused=(*plan.refused, *refused.values()))


class Judging:
    """Looks at every photo of a plan, and judges its pairs, in a thread of its own, so that a page need not wait.

    Args:
        plan: of which it holds on to the photos until it has ended.

    Attributes:
        total: how many photos there are to look at.
        done: how many of them have been looked at.
    """

    def __init__(self, plan: Plan, looks: Looks) -> None:
        photos = {(photo.sha256, role, wish): photo for pair in plan.pairs for photo, role, wish in _wanted(pair)}
        self.total, self.done = len(photos), 0
        self._found: list[Found] = []
        self._stopped = threading.Event()
        self._work = plan.pairs, looks
        self._thread = ServiceThread(self._run, "fusion judging")
        self._thread.start()

    @property
    def is_running(self) -> bool:
        """Whether more will be found."""
        return self._thread.is_alive

    @property
    def is_whole(self) -> bool:
        """Whether every photo has been looked at."""
        return self.done == self.total

    @property
    def error(self) -> FusionError | None:
        """Why it ended early; None where it did not."""
        return self._thread.error

    @property
    def found(self) -> tuple[Found, ...]:
        """Of the first pairs, in their order."""
        return tuple(self._found)

    def stop(self) -> None:
        """Judge no more."""
        self._stopped.set()

    def wait(self, timeout_s: float) -> None:
        """Until it has ended, at most so long."""
        self._thread.join(timeout_s)

    def _run(self) -> None:
        pairs, looks = self._work
        seen: set[tuple[str, Role, WhichFace]] = set()
        try:
            for pair in pairs:
                for photo, role, wish in _wanted(pair):
                    if self._stopped.is_set():
                        return
                    looks.look(photo, role, wish)
                    seen.add((photo.sha256, role, wish))
                    self.done = len(seen)
                self._found.append(looks.judge(pair))
        finally:
            del self._work  # the photos with it
