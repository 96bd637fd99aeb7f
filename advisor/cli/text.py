"""Advice in lines of text, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.device import Place
from advisor.recommendation import Advice, Option, Verdict
from fusion.units import GIB
from fusion.verdict import Suitability

_HEAD = ("", "tier", "size", "engine", "stages", "memory", "time", "detail", "verdict")
_WORDS = {Verdict.FITS: "fits", Verdict.TIGHT: "tight", Verdict.MAY_FIT: "may not fit", Verdict.TOO_BIG: "too big"}


def lines(advice: Advice, place: Place) -> Iterator[str]:
    """The chosen option and why, then all of them, then the warnings."""
    free = f"{place.free_bytes / GIB:.1f} of {place.total_bytes / GIB:.1f} GiB free on {place.name}"
    if advice.chosen is None:
        least = min(advice.options, key=lambda option: option.forecast.peak_high_bytes)
        yield f"Nothing fits: {free}. What comes nearest is {_name(least)}."
        yield from (f"  - {reason}" for reason in least.reasons)
    else:
        yield f"{_name(advice.chosen)}  ({free})"
        yield from (f"  - {reason}" for reason in advice.chosen.reasons)
    yield ""
    yield from _table(advice)
    yield from (f"warning: {warning}" for warning in advice.warnings)
    if advice.suitability is not None:
        yield from _suitability(advice.suitability)


def _suitability(found: Suitability) -> Iterator[str]:
    """How well the two faces go together, and what stands against them."""
    yield f"this pair: {found.verdict}"
    yield from (f"  - {cause.why} {cause.remedy}" for cause in found.causes)


def _name(option: Option) -> str:
    work = option.workload
    stages = "two stages" if work.two_stage else "one stage"
    return f"{option.size}  {work.engine} in {work.precision}, {stages}"


def _table(advice: Advice) -> Iterator[str]:
    rows = [_HEAD, *(_row(option, option is advice.chosen) for option in advice.options)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _row(option: Option, is_chosen: bool) -> tuple[str, ...]:
    forecast, ratio = option.forecast, option.detail_ratio
    return (
        "*" if is_chosen else "",
        option.tier,
        str(option.size),
        str(option.workload.engine),
        "two" if option.workload.two_stage else "one",
        f"{forecast.peak_bytes / GIB:.1f} (up to {forecast.peak_high_bytes / GIB:.1f}) GiB",
        "?" if forecast.seconds is None else f"{forecast.seconds:.1f} s",
        "" if ratio is None else f"{ratio:.2f}×",
        _WORDS[option.verdict] + _in_strips(option) + ("" if option.is_useful else ", not useful"),
    )


def _in_strips(option: Option) -> str:
    return " in strips" if option.workload.strip_rows and option.verdict.fits else ""
