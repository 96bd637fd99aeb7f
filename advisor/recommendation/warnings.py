"""What a user should know before the run, which no choice of size changes. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.driver import SENTENCES, Reason
from advisor.forecast import Source
from advisor.recommendation.candidates import Case, Weighed
from advisor.recommendation.face_look import Look
from advisor.recommendation.types import Remark
from fusion.settings import MAX_SIDE, Settings
from fusion.sizing import layout
from fusion.types import EngineName, Fit, Precision, Role

YAW_APART = 30.0  # degrees; from there advisor.diagnosis names it as a cause
# Of both faces, and of opposite signs. One cheek is then half as bright again as the other. 14 of 20 faces in 15
# portraits are below, and are lit from the front or all around; the others are plainly lit from one side.
LIT_FROM_SIDE = 0.2
COVERED = 0.25  # see advisor.recommendation.face_look; fusion.engines.landmark.engine tells of it from there too
SMALL_PX = 64.0  # of the face: below, its features are a few pixels each
OTHER_SHAPE = 0.05  # difference of width to height, below which nobody misses what is cut off
# No card is missed on a machine without a driver or a card.
_NOT_MISSED = (Reason.NO_DRIVER, Reason.NO_CARD)


def warnings(case: Case, settings: Settings, pins: frozenset[str], shown: Weighed) -> tuple[Remark, ...]:
    """Of the photos, of the shape, and of the machine.

    Args:
        shown: what is recommended, else the first candidate.
    """
    looks = {Role.TARGET: case.pair.target, Role.SOURCE: case.pair.source}
    found = list(_apart(*looks.values()))
    for role, look in looks.items():
        found += _of_one(role, look) if look else ()
    return (*found, *_shape(shown), *_machine(case, settings, pins, shown))


def _apart(target: Look | None, source: Look | None) -> Iterator[Remark]:
    if target is None or source is None:
        return
    if min(target.light, source.light) < -LIT_FROM_SIDE and max(target.light, source.light) > LIT_FROM_SIDE:
        yield Remark("light_differs")


def _of_one(role: Role, look: Look) -> Iterator[Remark]:
    if role == Role.TARGET and max(look.photo.width, look.photo.height) > MAX_SIDE:
        width, height = look.photo.width, look.photo.height
        yield Remark("photo_side", {"role": str(role), "width": width, "height": height, "limit": MAX_SIDE})


def _shape(shown: Weighed) -> Iterator[Remark]:
    plan, settings = shown.plan, shown.option.settings
    asked = layout.asked_size(plan.photo, settings)
    own, other = plan.photo.width / plan.photo.height, asked.width / asked.height
    if max(own / other, other / own) <= 1 + OTHER_SHAPE:
        return
    size = {"width": asked.width, "height": asked.height}
    if settings.fit == Fit.KEEP:
        yield Remark("shape_kept", size | {"size": str(plan.size)})
        return
    if settings.fit == Fit.PAD:
        yield Remark("shape_padded", size | {"percent": 100 * (1 - plan.content.size.pixels / plan.size.pixels)})
        return
    yield Remark("shape_cropped", size | {"percent": 100 * (1 - plan.crop.size.pixels / plan.photo.pixels)})


def _machine(case: Case, settings: Settings, pins: frozenset[str], shown: Weighed) -> Iterator[Remark]:
    work = shown.option.workload
    if work.engine == EngineName.UNET and EngineName.UNET not in case.ways.engines:
        yield Remark("weights_missing")
    wish = settings.precision if "precision" in pins else Precision.AUTO
    if work.engine == EngineName.UNET and wish != Precision.AUTO and wish not in case.ways.precisions:
        yield Remark("precision_unfit", {"precision": str(wish)})
    if case.place.slowdown > 1:
        yield Remark("cores_taken", {"times": case.place.slowdown})
    why = case.place.why
    if why is not None and why not in _NOT_MISSED:
        message, remedy = SENTENCES[why]
        command = case.place.command
        details = {"message": message, "remedy": remedy.format(command=command), "command": command}
        yield Remark("card", {"reason": str(why), **details})
    if shown.option.forecast.basis.source != Source.HERE and not case.place.is_supposed:
        yield Remark("not_measured")
