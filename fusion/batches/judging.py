"""Every pair of a plan judged before it is queued: in the caller's thread, or in one of its own.

Each photo is decoded and looked at once, however many pairs it is in; what it shows of a face takes some kilobytes.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from fusion import sources, suitability
from fusion.batches.inputs import Checked, Pair, Plan, Refused
from fusion.errors import FusionError, frameless
from fusion.face_setting import LARGEST, WhichFace
from fusion.faces import Finder, choose
from fusion.parsing import parse
from fusion.photos import decode
from fusion.settings import Settings
from fusion.suitability import Suitability
from fusion.threads import ServiceThread
from fusion.types import EngineName, Role

Found = Suitability | FusionError  # of a pair; an error: why one of its photos cannot be looked at
_Key = tuple[str, WhichFace]  # a photo's sha256, and which face is meant


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    """A face: what is to be seen of it, and what tells whether it suits another."""

    shown: suitability.Shown
    look: sources.Look


@dataclass(slots=True)
class Looks:
    """What photos show of the faces that are meant; each is looked at once."""

    finder: Finder
    _known: dict[_Key, _Seen | FusionError] = field(default_factory=dict)

    def judge(self, pair: Pair) -> Found:
        """How well the two faces of a pair go together; of several photos of the source, that of the one to be used."""
        wishes = pair.settings.faces
        target = self._at(pair.target, Role.TARGET, wishes.target)
        if isinstance(target, FusionError):
            return target
        shots = [
            self._at(photo, Role.SOURCE, LARGEST if place else wishes.source)
            for place, photo in enumerate(pair.sources)
        ]
        source = _used(target, shots, pair.settings)
        if isinstance(source, FusionError):
            return source
        return suitability.judge(target.shown, source.shown, pair.settings)

    def _at(self, photo: Checked, role: Role, wish: WhichFace) -> _Seen | FusionError:
        key = photo.sha256, wish
        if key not in self._known:
            try:
                pixels = decode.read(photo.given.read(), role).pixels
                face = choose(self.finder.find(pixels), wish, role)
                parsed = parse(pixels, face)
                self._known[key] = _Seen(suitability.look(pixels, face, parsed), sources.look(pixels, face, parsed))
            except FusionError as error:
                self._known[key] = frameless(error)
        return self._known[key]


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


def refusal(pair: Pair, found: Found) -> FusionError | None:
    """Why a pair is not to be queued; None where it is. What has no face is left to its job to tell."""
    if isinstance(found, FusionError) or pair.settings.anyway or pair.settings.ratio == 0:
        return None
    return found.refusal


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


def without(plan: Plan, found: Sequence[Found]) -> Plan:
    """Likewise, once some are judged: the first of its pairs, in their order."""
    whys = [refusal(pair, each) for pair, each in zip(plan.pairs, found, strict=False)]
    refused = (
        Refused(" + ".join(pair.names), why) for pair, why in zip(plan.pairs, whys, strict=False) if why is not None
    )
    kept = tuple(pair for number, pair in enumerate(plan.pairs) if number >= len(whys) or whys[number] is None)
    return replace(plan, pairs=kept, refused=(*plan.refused, *refused))


class Judging:
    """Judges a plan in a thread of its own, so that a page need not wait.

    Args:
        plan: of which it holds on to the photos until it has ended.
    """

    def __init__(self, plan: Plan, looks: Looks) -> None:
        self.total = len(plan.pairs)
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
        try:
            for pair in pairs:
                if self._stopped.is_set():
                    return
                self._found.append(looks.judge(pair))
        finally:
            del self._work  # the photos with it
