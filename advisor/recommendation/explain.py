"""The reasons of an option, in numbers, the most important first. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

from advisor.forecast import Source, predict
from advisor.recommendation.candidates import ASKED, Case, Weighed
from advisor.recommendation.types import Option, Remark, Verdict
from fusion.errors import Detail
from fusion.sizing import layout, sharpness_limits
from fusion.types import EngineName
from fusion.units import GIB


def reasons(case: Case, each: Weighed, others: Sequence[Weighed]) -> tuple[Remark, ...]:
    """Why an option is as its verdict and its use say."""
    found = [*_memory(case, each.option), *_sparing(case, each.option)]
    found += _detail(each, others)
    if each.is_over:
        found.append(Remark("over_intent", {"tier": str(ASKED[case.intent])}))
    found += _enlarged(each)
    if each.option.workload.two_stage:
        found += _saved(each, others)
    return tuple(found)


def chosen(case: Case, each: Weighed, weighed: Sequence[Weighed], pins: frozenset[str]) -> tuple[Remark, ...]:
    """Why this one: its size, its stages, its engine, its shape, its share of the memory, and how sure that is."""
    found: list[Remark] = []
    if "output" not in pins:
        found += _size(each, weighed)
        found += _next(case, each, weighed)
    elif each.detail is not None or each.plan.scale > sharpness_limits.SHARP:
        found += _detail(each, weighed)
        found += _enlarged(each)
    if "two_stage" not in pins:
        found += _stages(case, each, weighed)
    if "engine" not in pins:
        found.append(_engine(case, each, weighed))
    found += [*_sparing(case, each.option), *_taken(case, each.option)]
    if "aspect" not in pins and "fit" not in pins and each.plan.size != each.plan.photo:
        found.append(Remark("shape"))
    basis = each.option.forecast.basis
    points = {} if basis.source == Source.ESTIMATED else {"points": basis.points}
    return (*found, Remark(f"basis_{basis.source}", points))


def _memory(case: Case, option: Option) -> Iterator[Remark]:
    if option.verdict == Verdict.TOO_BIG:
        holder = next((each for each in case.place.holders if each.used_bytes), None)
        said = _need(case, option)
        if holder is None or holder.used_bytes is None:
            yield Remark("too_big", said)
        elif holder.name is None:
            yield Remark("too_big_held_unnamed", said | {"pid": holder.pid, "held": holder.used_bytes / GIB})
        else:
            held: dict[str, Detail] = {"name": holder.name, "pid": holder.pid, "held": holder.used_bytes / GIB}
            yield Remark("too_big_held", said | held)
    elif option.verdict == Verdict.MAY_FIT:
        yield Remark("may_fit", {"likely": _down(option.forecast.peak_bytes), **_need(case, option)})
    elif option.verdict == Verdict.TIGHT:
        yield from _taken(case, option)


def _taken(case: Case, option: Option) -> Iterator[Remark]:
    said = _need(case, option)
    percent = 100 * option.forecast.peak_high_bytes / max(1, case.place.budget_bytes(option.forecast.rest_bytes))
    yield Remark("tight" if option.verdict == Verdict.TIGHT else "takes", said | {"percent": percent})


def _sparing(case: Case, option: Option) -> Iterator[Remark]:
    """That it fits because memory is saved, and how."""
    work = option.workload
    if not option.verdict.fits:
        return
    whole = predict(replace(work, strip_rows=0, lends=False), case.coefficients)
    if work.strip_rows:
        yield Remark("in_strips", {"rows": work.strip_rows, "whole": _up(whole.peak_high_bytes)})
    if work.lends:
        yield Remark("lent", {"whole": _up(whole.peak_high_bytes)})


def _need(case: Case, option: Option) -> dict[str, Detail]:
    """Rounded away from one another, so that no sentence says "needs 3.0 of 3.0"."""
    free = case.place.budget_bytes(option.forecast.rest_bytes)
    return {"need": _up(option.forecast.peak_high_bytes), "free": _down(free)}


def _up(count: int) -> float:
    return math.ceil(count / GIB * 10) / 10


def _down(count: int) -> float:
    return math.floor(count / GIB * 10) / 10


def _detail(each: Weighed, others: Sequence[Weighed]) -> Iterator[Remark]:
    detail = each.detail
    if detail is None:
        return
    whose = "model" if each.option.workload.engine == EngineName.UNET else "source"
    if detail.ratio <= sharpness_limits.SHARP:
        yield Remark(f"sharp_{whose}", {"face_px": detail.face_px, "native_px": detail.native_px})
        return
    if each.option.workload.two_stage:
        code = f"{whose}_refined"
    else:
        code = f"{whose}_enlarged_one" if each.could_two_stage else f"{whose}_enlarged"
    yield Remark(code, {"native_px": detail.native_px, "size": str(each.plan.size), "ratio": detail.ratio})
    if each.option.is_useful and not any(_less(other, each) for other in others) and len(others) > 1:
        yield Remark("smallest")


def _less(other: Weighed, each: Weighed) -> bool:
    return other.option.size.pixels < each.option.size.pixels


def _enlarged(each: Weighed) -> Iterator[Remark]:
    if each.plan.scale > sharpness_limits.SHARP:
        yield Remark("photo_enlarged", {"scale": each.plan.scale})


def _saved(each: Weighed, others: Sequence[Weighed]) -> Iterator[Remark]:
    """Where a tenth of a GiB shows it: as much instead of as much is no reason."""
    other = _other_stage(each, others)
    if other is None:
        return
    two, one = (round(option.forecast.peak_bytes / GIB, 1) for option in (each.option, other.option))
    if two < one:
        yield Remark("stages_save", {"two": two, "one": one})


def _other_stage(each: Weighed, others: Sequence[Weighed]) -> Weighed | None:
    """The same in as many stages as it has not."""
    mine = each.option
    for other in others:
        option = other.option
        same = option.size == mine.size and option.workload.engine == mine.workload.engine
        if same and option.workload.two_stage != mine.workload.two_stage:
            return other
    return None


def _size(each: Weighed, weighed: Sequence[Weighed]) -> Iterator[Remark]:
    if not each.option.is_useful:
        yield Remark("largest_fitting")
        yield from _detail(each, weighed)
        yield from _enlarged(each)
    else:
        yield from _detail(each, weighed)
        yield from _enlarged(each)


def _next(case: Case, each: Weighed, weighed: Sequence[Weighed]) -> Iterator[Remark]:
    """Why not the next larger one, in as few bytes as it can be had."""
    engine = each.option.workload.engine
    larger = [one for one in weighed if one.option.workload.engine == engine and _less(each, one)]
    if not larger:
        return
    least = min(larger, key=lambda one: (one.option.size.pixels, one.option.forecast.peak_high_bytes))
    size, verdict = {"size": str(least.option.size)}, least.option.verdict
    if least.option.is_useful:
        yield Remark("next_too_big", size | _need(case, least.option))
    elif least.is_over:
        yield Remark("next_over_intent", size)
    elif least.detail is None or least.detail.ratio <= sharpness_limits.SHARP:
        yield Remark("next_enlarged", size)
    else:
        yield Remark("next_empty" if verdict.fits else f"next_empty_{verdict}", size)


def _stages(case: Case, each: Weighed, weighed: Sequence[Weighed]) -> Iterator[Remark]:
    other = _other_stage(each, weighed)
    if other is None:
        return
    if each.option.workload.two_stage:
        if not other.option.verdict.fits:
            yield Remark("stages_needed", {"one": _up(other.option.forecast.peak_high_bytes)})
        else:
            yield Remark("stages_large")
            yield from _saved(each, weighed)
    elif each.option.size.pixels <= layout.TWO_STAGE_OVER:
        yield Remark("stages_one")
    elif other.option.verdict.fits:
        yield _slower(each, other)


def _slower(one: Weighed, two: Weighed) -> Remark:
    """Why not two stages, which would fit."""
    if not one.option.forecast.seconds or not two.option.forecast.seconds:
        return Remark("stages_untimed")
    is_sharp = one.detail is None or one.detail.ratio <= sharpness_limits.SHARP
    factor = two.option.forecast.seconds / one.option.forecast.seconds
    return Remark("stages_slow" if is_sharp else "stages_long", {"factor": factor})


def _engine(case: Case, each: Weighed, weighed: Sequence[Weighed]) -> Remark:
    if each.option.workload.engine == EngineName.UNET:
        return Remark("engine_unet")
    if EngineName.UNET not in case.ways.engines:
        return Remark("engine_weights")
    useful = any(one.option.is_useful for one in weighed if one.option.workload.engine == EngineName.UNET)
    return Remark("engine_memory" if useful else "engine_detail")
