"""Every way to fuse two photos that is worth weighing, and what each needs and gives. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from advisor.device import Place, Ways
from advisor.forecast import Coefficients, Forecast, as_done, predict
from advisor.recommendation.face_look import Pair
from advisor.recommendation.types import Intent, Option, Verdict
from fusion.settings import Settings
from fusion.sizing import Plan, Subject, Workload, best_output, layout, workload
from fusion.types import Aspect, EngineName, Fit, Precision, Size, Switch, Tier

TIGHT_FROM = 0.9  # of the budget; nearer the ceiling allocators give back and ask again, and time is no longer linear
CUSTOM = "custom"
# What each intent asks for, by the presets' own sizes (`fusion.settings.PRESETS`, which a test holds equal).
ASKED = {Intent.SOCIAL: Tier.T512, Intent.ART: Tier.T1024, Intent.RESTORATION: Tier.T2048}


@dataclass(frozen=True, slots=True)
class Case:
    """What is the same for all candidates."""

    pair: Pair
    intent: Intent
    place: Place
    ways: Ways
    coefficients: Coefficients


@dataclass(frozen=True, slots=True)
class Weighed:
    """A candidate: the option, which has no reasons yet, and what the reasons are made from.

    Attributes:
        plan: the geometry.
        detail: how far the face is enlarged; None where the target stays as it is.
        could_two_stage: whether a second stage would run there.
        is_over: whether the intent asks for less.
    """

    option: Option
    plan: Plan
    detail: layout.Detail | None
    could_two_stage: bool
    is_over: bool


def binding(settings: Settings, pinned: frozenset[str]) -> frozenset[str]:
    """The pins but for those that are `auto`; of a shape `auto` is a value like others (`fusion.types.Aspect`)."""
    return frozenset(name for name in pinned if name == "aspect" or getattr(settings, name) != "auto")


def weigh_all(case: Case, settings: Settings, pins: frozenset[str]) -> list[Weighed]:
    """All candidates, the smallest first, of equal sizes in the order of the engines, one stage before two.

    Args:
        pins: `binding` ones.
    """
    base = _shaped(settings, pins)
    found: list[Weighed] = []
    for tier, output, plan in _outputs(case, base, pins):
        for engine in (settings.engine,) if "engine" in pins else case.ways.engines:
            precision = settings.precision if "precision" in pins else precision_of(case.ways, engine)
            stages = (settings.two_stage,) if "two_stage" in pins else (Switch.OFF, Switch.ON)
            for switch in stages:
                each = replace(base, output=output, engine=engine, precision=precision, two_stage=switch)
                one = weigh(case, each, tier, plan)
                found.append(one)
                if not one.could_two_stage:
                    break
    if not any(each.option.is_useful for each in found):
        least = min(each.option.size.pixels for each in found)
        found = [_forced(each) if each.option.size.pixels == least else each for each in found]
    return found


def weigh(case: Case, settings: Settings, tier: str, plan: Plan) -> Weighed:
    """What `settings` will need and give.

    Args:
        settings: nothing in them that a forecast depends on is `auto`.
        tier: what the output is called.
    """
    work, forecast, verdict = _needed(case, _work(case, settings))
    detail = best_output.face_detail(case.pair.subject, plan, work.engine) if work.face_px else None
    is_over = _is_over(case.intent, plan.size)
    option = Option(
        settings=settings,
        tier=tier,
        size=plan.size,
        workload=work,
        forecast=forecast,
        verdict=verdict,
        detail_ratio=None if detail is None else detail.ratio,
        is_useful=not is_over and best_output.is_filled(settings.output, plan, detail),
        reasons=(),
    )
    # what `layout.needs_two_stages` asks where the switch is on
    could_two_stage = work.room_px > layout.WORKING_PIXELS
    return Weighed(option, plan, detail, could_two_stage, is_over)


def precision_of(ways: Ways, engine: EngineName) -> Precision:
    """What `auto` means."""
    return ways.precision if engine == EngineName.UNET else Precision.FLOAT32


def tier_of(photo: Size, size: Size, output: Tier | Size) -> str:
    """What an output is called."""
    if isinstance(output, Size):
        return CUSTOM
    return str(Tier.ORIGINAL if size == photo else output)


def _shaped(settings: Settings, pins: frozenset[str]) -> Settings:
    """The target's own shape, unless another is pinned: `auto` means a square where something is padded or cropped."""
    fit = settings.fit if "fit" in pins else Fit.KEEP
    own = Aspect.AUTO if fit == Fit.KEEP else Aspect.ORIGINAL
    return replace(settings, fit=fit, aspect=settings.aspect if "aspect" in pins else own)


def _outputs(case: Case, base: Settings, pins: frozenset[str]) -> Iterator[tuple[str, Tier | Size, Plan]]:
    """Each size once, the smallest first: by the photo's own name, else by the smaller number."""
    photo, face = case.pair.subject.photo, case.pair.subject.face
    if "output" in pins:
        plan = layout.plan(photo, base, face)
        yield tier_of(photo, plan.size, base.output), base.output, plan
        return
    for tier, plan in best_output.outputs(photo, base, face):
        yield tier_of(photo, plan.size, tier), tier, plan


def _work(case: Case, settings: Settings) -> Workload:
    """The precision is float32 where the engine or the device has no other."""
    can = settings.engine == EngineName.UNET and settings.precision in case.ways.precisions
    precision = settings.precision if can else Precision.FLOAT32
    return _known(case.pair.subject, settings, precision, case.ways.enlarger)


# A page asks for the same table over and over while the memory changes and the photos do not.
@lru_cache(maxsize=256)
def _known(subject: Subject, settings: Settings, precision: Precision, enlarger: str) -> Workload:
    return workload(subject, settings, settings.engine, precision, enlarger)


def _needed(case: Case, work: Workload) -> tuple[Workload, Forecast, Verdict]:
    """What a workload needs; on a card with what a job will save there."""
    work = as_done(work, case.place, case.coefficients)
    forecast = predict(work, case.coefficients).slowed(case.place.slowdown)
    return work, forecast, _verdict(forecast, case.place.budget_bytes(forecast.rest_bytes))


def _verdict(forecast: Forecast, budget: int) -> Verdict:
    if forecast.peak_bytes > budget:
        return Verdict.TOO_BIG
    if forecast.peak_high_bytes > budget:
        return Verdict.MAY_FIT
    return Verdict.TIGHT if forecast.peak_high_bytes > TIGHT_FROM * budget else Verdict.FITS


def _is_over(intent: Intent, size: Size) -> bool:
    """Whether a size is more than the intent's tier, and more than anybody would shrink the photo for."""
    tier = ASKED.get(intent)
    return tier is not None and size.pixels > (best_output.NEAR * int(tier)) ** 2


def _forced(each: Weighed) -> Weighed:
    return replace(each, option=replace(each.option, is_useful=True))
