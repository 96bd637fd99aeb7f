"""Which way to fuse two photos on this machine, every other way with its verdict, and why. Pure.

The engine that `auto` means is taken as long as something of it that is worth having fits; of that the largest; in two
stages where the output is past 2048² or one does not fit, but for those that take long without being needed, and with
the unet engine only where they are known to take hardly longer. What is worth having is in `candidates`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from advisor.device import Place, Ways
from advisor.forecast import Coefficients
from advisor.recommendation import explain, warnings
from advisor.recommendation.candidates import Case, Weighed, binding, precision_of, tier_of, weigh, weigh_all
from advisor.recommendation.face_look import Pair
from advisor.recommendation.types import Advice, Intent, Option
from fusion.settings import Settings
from fusion.sizing import layout, sharpness_limits
from fusion.types import Aspect, EngineName, Precision, Switch, Tier

__all__ = ["Ways", "judge", "nearest", "recommend"]

SLOW = 2.0  # times as long: two stages that take more are not worth it where one fits and is sharp
# Likewise with the unet engine, sharp or not: its face comes out of the same crop of 1024 px either way, in one stage
# it costs hardly more memory, and where a network enlarges the crop on a processor two take several times as long.
SLOW_OF_UNET = 1.3


def recommend(
    pair: Pair,
    intent: Intent,
    settings: Settings,
    pinned: frozenset[str],
    place: Place,
    ways: Ways,
    coefficients: Coefficients,
) -> Advice:
    """The whole table, the smallest first, and what to take of it.

    Args:
        settings: what the user has set; what is not pinned may be changed.
        pinned: names of settings that stay as they are. One that is `auto` pins nothing, but for `aspect`.
    """
    case = Case(pair, intent, place, ways, coefficients)
    pins = binding(settings, pinned)
    weighed = weigh_all(case, settings, pins)
    taken = _choose(weighed, _order(ways, weighed))
    options = [replace(each.option, reasons=explain.reasons(case, each, weighed)) for each in weighed]
    chosen = None
    if taken is not None:
        place_in = weighed.index(taken)
        reasons = explain.chosen(case, taken, weighed, pins)
        chosen = options[place_in] = replace(taken.option, reasons=reasons)
    shown = taken or weighed[0]
    warned = warnings.warnings(case, settings, pins, shown)
    return Advice(chosen, tuple(options), warned, pair.suitability(settings))


def judge(
    pair: Pair,
    settings: Settings,
    place: Place,
    ways: Ways,
    coefficients: Coefficients,
    intent: Intent = Intent.AUTO,
) -> Option:
    """What a fusion with `settings` as they are will need, and what it will look like."""
    case = Case(pair, intent, place, ways, coefficients)
    photo, face = pair.subject.photo, pair.subject.face
    engine = ways.engines[0] if settings.engine == EngineName.AUTO else settings.engine
    known = replace(_with_size(pair, settings), engine=engine)
    if known.precision == Precision.AUTO:
        known = replace(known, precision=precision_of(ways, engine))
    plan = layout.plan(photo, known, face)
    each = weigh(case, known, tier_of(photo, plan.size, known.output), plan)
    if known.two_stage == Switch.AUTO:
        switch = Switch.ON if each.option.workload.two_stage else Switch.OFF
        each = replace(each, option=replace(each.option, settings=replace(known, two_stage=switch)))
    return replace(each.option, reasons=explain.reasons(case, each, (each,)))


def nearest(advice: Advice, asked: Option) -> Option | None:
    """Of what fits, the option nearest to one that does not: of its engine and its size as far as may be."""

    def distance(option: Option) -> tuple[bool, float, bool]:
        larger, smaller = option.size.pixels, asked.size.pixels
        other_engine = option.workload.engine != asked.workload.engine
        return other_engine, abs(math.log(larger / smaller)), option.workload.two_stage != asked.workload.two_stage

    fitting = [option for option in advice.options if option.verdict.fits]
    return min(fitting, key=distance, default=None)


def _with_size(pair: Pair, settings: Settings) -> Settings:
    """The tier that `auto` means."""
    if settings.output != Tier.AUTO:
        return settings
    if layout.asked_size(pair.subject.photo, settings) == layout.asked_size(
        pair.subject.photo, replace(settings, output=Tier.ORIGINAL)
    ):
        return replace(settings, output=Tier.ORIGINAL)
    # a number's shape would be a square where `auto` has the photo's
    aspect = Aspect.ORIGINAL if settings.aspect == Aspect.AUTO else settings.aspect
    return replace(settings, output=Tier.T2048, aspect=aspect)


def _order(ways: Ways, weighed: Sequence[Weighed]) -> tuple[EngineName, ...]:
    """The engines, best first, with one that is pinned and not there."""
    return tuple(dict.fromkeys((*ways.engines, *(each.option.workload.engine for each in weighed))))


def _choose(weighed: Sequence[Weighed], engines: tuple[EngineName, ...]) -> Weighed | None:
    fitting = [each for each in weighed if each.option.verdict.fits]
    worth = [each for each in fitting if each.option.is_useful] or _no_larger(fitting, weighed)
    for engine in engines:
        mine = [each for each in worth if each.option.workload.engine == engine]
        if mine:
            most = max(each.option.size.pixels for each in mine)
            return _staged([each for each in mine if each.option.size.pixels == most])
    return None


def _no_larger(fitting: list[Weighed], weighed: Sequence[Weighed]) -> list[Weighed]:
    """What fits where nothing useful does: nothing larger than that is wanted, unless there is nothing else."""
    limit = min(each.option.size.pixels for each in weighed if each.option.is_useful)
    least = min((each.option.size.pixels for each in fitting), default=0)
    return [each for each in fitting if each.option.size.pixels <= max(limit, least)]


def _staged(same: list[Weighed]) -> Weighed:
    """Of the options of one size the one with as many stages as it takes."""
    one = next((each for each in same if not each.option.workload.two_stage), None)
    two = next((each for each in same if each.option.workload.two_stage), None)
    if one is None or two is None:
        return same[0]
    is_large = one.option.size.pixels > layout.TWO_STAGE_OVER
    return two if is_large and not _is_slow(one.option, two.option) else one


def _is_slow(one: Option, two: Option) -> bool:
    """Whether a second stage takes long for what it brings."""
    is_unet = one.workload.engine == EngineName.UNET
    if not one.forecast.seconds or not two.forecast.seconds:  # none where no stage was ever timed
        return is_unet
    if is_unet:
        return two.forecast.seconds > SLOW_OF_UNET * one.forecast.seconds
    is_sharp = one.detail_ratio is None or one.detail_ratio <= sharpness_limits.SHARP
    return is_sharp and two.forecast.seconds > SLOW * one.forecast.seconds
