"""Every pair of a plan judged before it is queued: in the caller's thread, or in one of its own.

Each photo is decoded and looked at once, however many pairs it is in; what it shows of a face takes some kilobytes.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from fusion.batches.inputs import Checked, Pair, Plan, Refused
from fusion.errors import FusionError, frameless
from fusion.face_setting import WhichFace
from fusion.faces import Finder, choose
from fusion.photos import decode
from fusion.suitability import Shown, Suitability, judge, look
from fusion.threads import ServiceThread
from fusion.types import Role

Found = Suitability | FusionError  # of a pair; an error: why one of its photos cannot be looked at
_Key = tuple[str, WhichFace]  # a photo's sha256, and which face is meant


@dataclass(slots=True)
class Looks:
    """What photos show of the faces that are meant; each is looked at once."""

    finder: Finder
    _known: dict[_Key, Shown | FusionError] = field(default_factory=dict)

    def judge(self, pair: Pair) -> Found:
        """How well the two faces of a pair go together."""
        wishes = pair.settings.faces
        target = self._at(pair.target, Role.TARGET, wishes.target)
        source = self._at(pair.source, Role.SOURCE, wishes.source)
        if isinstance(target, FusionError):
            return target
        return source if isinstance(source, FusionError) else judge(target, source, pair.settings)

    def _at(self, photo: Checked, role: Role, wish: WhichFace) -> Shown | FusionError:
        key = photo.sha256, wish
        if key not in self._known:
            try:
                pixels = decode.read(photo.given.read(), role).pixels
                self._known[key] = look(pixels, choose(self.finder.find(pixels), wish, role))
            except FusionError as error:
                self._known[key] = frameless(error)
        return self._known[key]


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
