"""Memory, seconds and detail of an option in words. No Streamlit."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Literal

from advisor.device import Place
from advisor.forecast import Forecast, Source
from advisor.recommendation import Option, Remark, Verdict, compare
from fusion.sizing import sharpness_limits
from fusion.types import Tier
from fusion.units import GIB
from pages.parts.i18n import Words

_IN_MINUTES_FROM_S = 90.0
_SAME_GIB = 0.05
_SAME_TIME = (0.9, 1.1)
# How codes of reasons begin, and what helps against them.
_HELPS = {
    "source_": "resolution.helps.source",
    "photo_enlarged": "resolution.helps.target",
}
_LEAST_LOAD_S = 0.5  # of loading networks, to be worth a word

Colour = Literal["green", "orange", "red"]
FITS: Mapping[Verdict, tuple[str, Colour]] = {
    Verdict.FITS: ("check_circle", "green"),
    Verdict.TIGHT: ("warning", "orange"),
    Verdict.MAY_FIT: ("help", "orange"),
    Verdict.TOO_BIG: ("block", "red"),
}


def name(say: Words, option: Option) -> str:
    """Size, stages and engine."""
    stages = say("stages.two" if option.workload.two_stage else "stages.one")
    engine = say.value("engine", option.workload.engine)
    return say("option.name", size=str(option.size), stages=stages, engine=engine)


def looks(option: Option) -> str:
    """How it will look: "sharp", "slightly_soft" or "soft" as its face is, "none" where that stays as it is.

    "enlarged" where all but a sharp face is soft, and "none_enlarged" where the target stays but is.
    """
    face = "none" if option.detail_ratio is None else str(sharpness_limits.verdict(option.detail_ratio))
    is_enlarged = any(reason.code == "photo_enlarged" for reason in option.reasons)
    return {"sharp": "enlarged", "none": "none_enlarged"}.get(face, face) if is_enlarged else face


def need_and_free(option: Option, place: Place) -> tuple[float, float]:
    """GiB that it may need, and that there are, rounded away from one another."""
    free = place.budget_bytes(option.forecast.rest_bytes)
    return _up(option.forecast.peak_high_bytes), math.floor(10 * free / GIB) / 10


def fit(say: Words, option: Option) -> tuple[str, str, Colour]:
    """Whether it fits and is worth it, in a word, with an icon and a colour."""
    if option.verdict.fits and looks(option) not in ("sharp", "none"):
        return say("fit_verdict.soft"), "blur_on", "orange"
    return room(say, option), *FITS[option.verdict]


def room(say: Words, option: Option) -> str:
    """Whether there is room for it, in a word."""
    in_strips = option.workload.strip_rows > 0 and option.verdict == Verdict.FITS
    return say("fit_verdict.strips" if in_strips else f"fit_verdict.{option.verdict}")


def title(say: Words, option: Option) -> str:
    """Its output's name and size, and its stages where there are two."""
    parts = [f"**{tier(say, option)}**"] + [str(option.size)] * (option.tier in list(Tier))
    parts += [say("stages.two")] * option.workload.two_stage
    return " · ".join(parts)


def tier(say: Words, option: Option) -> str:
    """The name of its output."""
    return say.value("output", option.tier) if option.tier in list(Tier) else str(option.size)


def memory(say: Words, option: Option, place: Place) -> str:
    """What it may need of what there is."""
    need, free = need_and_free(option, place)
    return say("memory.of", need=need, free=free)


def time(say: Words, forecast: Forecast) -> str:
    """About how long it takes, with its bounds."""
    if forecast.seconds is None or forecast.seconds_low is None or forecast.seconds_high is None:
        return say("time.unknown")
    is_long = forecast.seconds >= _IN_MINUTES_FROM_S
    unit = 60.0 if is_long else 1.0
    low, high = _outward(forecast.seconds_low / unit, forecast.seconds_high / unit)
    about = _short(forecast.seconds / unit)
    return say("time.minutes" if is_long else "time.seconds", about=about, low=low, high=high)


def loading(say: Words, forecast: Forecast) -> str:
    """How much longer it takes the first time; empty where no networks are to be loaded."""
    if forecast.load_seconds < _LEAST_LOAD_S:
        return ""
    return say("time.load", seconds=_short(forecast.load_seconds))


def detail(say: Words, option: Option) -> str:
    """How the face will look."""
    return say(f"detail.{looks(option)}")


def row(say: Words, option: Option) -> str:
    """What the option's tier suits, and what it takes and holds, in one line."""
    parts = [
        say.value("suits", option.tier) if option.tier in list(Tier) else "",
        say("memory.need", need=_up(option.forecast.peak_high_bytes)),
        say("time.unknown.row") if option.forecast.seconds is None else time(say, option.forecast),
        detail(say, option),
    ]
    return " · ".join(part for part in parts if part)


def helps(say: Words, option: Option) -> list[str]:
    """What helps against the softness that the reasons tell of; nothing where they tell of none."""
    codes = [reason.code for reason in option.reasons]
    what = [say(key) for start, key in _HELPS.items() if any(code.startswith(start) for code in codes)]
    return [say("resolution.helps", what=say("run.needs.join").join(what))] if what else []


def basis(say: Words, forecast: Forecast) -> str:
    """What the forecast rests on."""
    source, points = forecast.basis.source, forecast.basis.points
    return say.remark(Remark(f"basis_{source}", {} if source == Source.ESTIMATED else {"points": points}))


def beside(say: Words, option: Option, other: Option) -> str:
    """What an option takes and gives more than another."""
    found = compare.difference(option, other)
    more = found.more_bytes / GIB
    parts = [say("beside.same_memory")]
    if abs(more) >= _SAME_GIB:
        parts = [say("beside.more_memory" if more > 0 else "beside.less_memory", gib=abs(more))]
    if found.times is not None:
        parts.append(_times(say, found.times))
    if found.detail is not None and looks(option) == "sharp":  # what is blown up has no more detail worth a word
        parts.append(say(f"beside.detail_{compare.Detail(found.detail)}"))
    return say("beside.join").join(parts)


def _times(say: Words, times: float) -> str:
    if _SAME_TIME[0] <= times <= _SAME_TIME[1]:
        return say("beside.same_time")
    if times < 1:
        return say("beside.less_time", percent=100 * (1 - times))
    return say("beside.times" if times >= 2 else "beside.more_time", times=_short(times), percent=100 * (times - 1))


def _up(count: int) -> float:
    """In GiB, rounded away from what there is, so that nothing is said to need 3.0 of 3.0 and not to fit."""
    return math.ceil(10 * count / GIB) / 10


def _short(number: float) -> str:
    """Two digits that say something."""
    return f"{number:.0f}" if number >= 9.95 else f"{number:.1f}"


def _outward(low: float, high: float) -> tuple[str, str]:
    """Bounds, rounded so that they hold."""
    step = 1.0 if high >= 3 else 0.1
    digits = 0 if step == 1.0 else 1
    return f"{math.floor(low / step) * step:.{digits}f}", f"{math.ceil(high / step) * step:.{digits}f}"
