"""What a batch will take, before it is queued: the sum of its jobs' forecasts. No Streamlit.

How large a face is in its photo is looked up in a few of the photos, and taken for alike in the others until these are
looked at, too. What is left automatic is advised for each pair as it is for one fusion on its own page.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from statistics import median

from advisor.recommendation import Intent, Option, recommend
from advisor.recommendation import Pair as Looks
from fusion.batches import Checked, Pair, Plan, judging
from fusion.errors import FusionError
from fusion.faces import FaceFinder, geometry, largest
from fusion.photos import decode
from fusion.settings import Settings
from fusion.sizing import Subject
from fusion.types import Box, Foretold, Role, Size
from pages.parts.services import Machine
from pages.parts.session import pins

LOOKED_AT = 3  # photos of each side
USUAL_SHARE = 0.35  # of the shorter side, where no face was found; portraits have 0.25 to 0.5
_HEIGHT = 1.25  # of the landmarks' box, in face widths

_Key = tuple[tuple[str, ...], Settings]  # of a pair: the photos' sha256, and how they are fused


@dataclass(slots=True)
class Shares:
    """How wide faces are, as a share of the photo's shorter side. Each photo is looked at once."""

    finder: FaceFinder
    known: dict[str, float | None] = field(default_factory=dict)  # by sha256; None: no face

    def of(self, photos: Iterable[Checked], role: Role) -> float:
        """The median of a few."""
        different = list({one.sha256: one for one in photos}.values())
        step = max(1, len(different) // LOOKED_AT)
        found = [self._look(one, role) for one in different[::step][:LOOKED_AT]]
        return median([share for share in found if share] or [USUAL_SHARE])

    def _look(self, one: Checked, role: Role) -> float | None:
        if one.sha256 not in self.known:
            self.known[one.sha256] = None
            try:
                pixels = decode.read(one.given.read(), role).pixels
            except FusionError:
                return None  # the job will say so
            faces = self.finder.find(pixels).faces
            if faces:
                self.known[one.sha256] = geometry.face_width(largest(faces).landmarks) / min(pixels.shape[:2])
        return self.known[one.sha256]


@dataclass(frozen=True, slots=True)
class Forecast:
    """Of a whole batch.

    Attributes:
        whole: the job that takes most memory, with the seconds of all of them.
        too_big: jobs that do not fit.
        each: the jobs by what they are made of.
        machine: that it was made for.
        intent: what the pictures are for.
    """

    whole: Option
    too_big: int
    each: dict[_Key, Option]
    machine: Machine
    intent: Intent

    def of(self, pair: Pair) -> Option:
        """One job."""
        return self.each[_key(pair)]

    def settled(self, pair: Pair, looks: judging.Looks) -> Settings:
        """How a pair is to be fused: with what is advised in place of what is automatic. May look at its photos."""
        subject = None if pair.settings.map else looks.subject(pair)
        if subject is None:
            return pair.settings
        return _advised(subject, pair.settings, self.machine, self.intent).settings

    def foretold(self, pair: Pair) -> Foretold:
        """What is expected of a job, at most."""
        forecast = self.of(pair).forecast
        seconds = None if forecast.seconds_high is None else forecast.seconds_high + forecast.load_seconds
        return Foretold(seconds, forecast.peak_high_bytes)


def foretell(
    plan: Plan,
    shares: Shares,
    machine: Machine,
    workers: int,
    looks: judging.Looks | None = None,
    intent: Intent = Intent.AUTO,
) -> Forecast | None:
    """The forecast of a plan; None of one without pairs.

    Args:
        workers: how many jobs run at once.
        looks: what is known of the faces already.
        intent: what the pictures are for.
    """
    if not plan.pairs:
        return None
    wide = (
        shares.of((pair.target for pair in plan.pairs), Role.TARGET),
        shares.of((pair.source for pair in plan.pairs), Role.SOURCE),
    )
    each: dict[_Key, Option] = {}
    weighed: dict[tuple[Subject, Settings], Option] = {}
    for pair in plan.pairs:
        known = looks.subject(pair, only_known=True) if looks else None
        subject = known or _subject(pair.target.size, pair.source.size, *wide)
        what = replace(subject, faces=max(1, len(pair.settings.map))), pair.settings
        if what not in weighed:
            weighed[what] = _advised(*what, machine, intent)
        each[_key(pair)] = weighed[what]
    options = [each[_key(pair)] for pair in plan.pairs]
    return Forecast(
        whole=_whole(options, workers),
        too_big=sum(not option.verdict.fits for option in options),
        each=each,
        machine=machine,
        intent=intent,
    )


def _whole(options: list[Option], workers: int) -> Option:
    largest = max(options, key=lambda option: option.forecast.peak_high_bytes)
    every = [option.forecast for option in options]
    summed = replace(
        largest.forecast,
        seconds=_sum((one.seconds for one in every), workers),
        seconds_low=_sum((one.seconds_low for one in every), workers),
        seconds_high=_sum((one.seconds_high for one in every), workers),
        load_seconds=max(one.load_seconds for one in every),
    )
    return replace(largest, forecast=summed)


def _sum(seconds: Iterable[float | None], workers: int) -> float | None:
    each = list(seconds)
    known = [one for one in each if one is not None]
    return sum(known) / workers if len(known) == len(each) else None


def _key(pair: Pair) -> _Key:
    return tuple(photo.sha256 for photo in pair.photos), pair.settings


def _advised(subject: Subject, settings: Settings, machine: Machine, intent: Intent) -> Option:
    """What is recommended among the ways that keep what the settings say; the one that takes least where none fits."""
    pinned = pins.said(settings)
    advice = recommend(Looks(subject), intent, settings, pinned, machine.place, machine.ways, machine.coefficients)
    return advice.chosen or min(advice.options, key=lambda option: option.forecast.peak_high_bytes)


def _subject(target: Size, source: Size, target_share: float, source_share: float) -> Subject:
    """Two faces in the middle of their photos."""
    width = target_share * min(target.width, target.height)
    x, y = target.width / 2, target.height / 2
    face = Box(x - width / 2, y - _HEIGHT * width / 2, x + width / 2, y + _HEIGHT * width / 2)
    return Subject(target, face, width, source_share * min(source.width, source.height), source)
