"""What the advisor says of the photos and the settings on a desk, as the page needs it. No Streamlit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from advisor.device import capabilities, compute_target, host
from advisor.forecast import shipped
from advisor.recommendation import Advice, Intent, Option, Pair, Remark, judge, nearest, recommend
from fusion.settings import PRESETS, Preset, Settings
from fusion.sizing import best_output
from fusion.types import Size
from fusion.units import GIB
from pages.parts.services import Machine
from pages.parts.session import pins

_ROWS_MAY_CHANGE = frozenset({"output", "two_stage"})


@dataclass(frozen=True, slots=True)
class Guide:
    """What there is to say.

    Attributes:
        advice: with nothing pinned.
        settings: what is to be fused with: the recommended ones but for what is pinned.
        options: every way to fuse with the pinned engine, precision and shape.
        choice: what `settings` come to, where they are not the recommended ones.
        cautions: what to know of that choice, beyond the advice's own warnings.
        fitting: what to take instead of a choice that does not fit.
        asked: the option of the intent's own size, where that is not the recommended one.
        automatic: what each setting comes to that is left automatic, or would if it were.
        size: of the output then.
    """

    machine: Machine
    advice: Advice
    settings: Settings
    options: tuple[Option, ...]
    choice: Option | None
    cautions: tuple[Remark, ...]
    fitting: Option | None
    asked: Option | None
    automatic: Settings
    size: Size

    @property
    def recommended(self) -> Option:
        """The chosen option; where nothing fits, the one that takes least."""
        return _best(self.advice)

    @property
    def effective(self) -> Option:
        """What will be fused."""
        return self.choice or self.recommended

    @property
    def does_fit(self) -> bool:
        """Whether what will be fused does."""
        return self.effective.verdict.fits


def guide(pair: Pair, intent: Intent, settings: Settings, pinned: frozenset[str], machine: Machine) -> Guide | None:
    """The guide for a pair; None where a photo or a face is missing."""
    if pair.target is None or pair.source is None:
        return None
    advice = _advice(pair, intent, settings, frozenset(), machine)
    recommended = _best(advice)
    table = _advice(pair, intent, settings, pinned - _ROWS_MAY_CHANGE, machine) if pinned else advice
    taken = recommended.settings
    held, choice, fitting = advice, None, None
    if pinned:
        held = _advice(pair, intent, settings, pinned, machine)
        closest = _best(held).settings if held.options else settings
        taken = replace(closest, **_named(settings, pinned))
    if pins.values(taken) != pins.values(recommended.settings):
        choice = judge(pair, taken, machine.place, machine.ways, machine.coefficients, intent)
        if not choice.verdict.fits:
            fitting = nearest(table, choice) or nearest(advice, choice)
    cautions = tuple(each for each in held.warnings if each not in advice.warnings)
    asked = _asked(advice, intent, recommended)
    own = {name: _best(_advice(pair, intent, settings, pinned - {name}, machine)) for name in pinned}
    automatic = replace(taken, **{name: getattr(option.settings, name) for name, option in own.items()})
    size = own["output"].size if "output" in own else (choice or recommended).size
    return Guide(machine, advice, taken, table.options, choice, cautions, fitting, asked, automatic, size)


def on_card(now: Guide, pair: Pair, intent: Intent, pinned: frozenset[str], gib: float) -> tuple[Option, ...]:
    """What the ways of the table would be on a card of so much memory, whether there is one or not."""
    place = compute_target.supposed(round(gib * GIB), host.system())
    ways = capabilities.on_todays_card(now.machine.ways)
    machine = replace(now.machine, place=place, ways=ways, coefficients=shipped(place.kind))
    return _advice(pair, intent, now.settings, pinned - _ROWS_MAY_CHANGE, machine).options


def pinned_by(option: Option, now: Guide, pair: Pair, intent: Intent, pinned: frozenset[str]) -> frozenset[str]:
    """What is pinned once somebody has taken an option of the table; nothing where it is the recommended one.

    Of the rest only what the advisor would not set so itself beside the size.
    """
    if option.settings == now.recommended.settings:
        return frozenset()
    held = (pinned - _ROWS_MAY_CHANGE) | {"output"}
    beside = _best(_advice(pair, intent, option.settings, held, now.machine)).settings
    return held | {name for name in pins.ADVISED if getattr(option.settings, name) != getattr(beside, name)}


def _advice(pair: Pair, intent: Intent, settings: Settings, pinned: frozenset[str], machine: Machine) -> Advice:
    free = replace(settings, **_named(Settings(), frozenset(pins.ADVISED) - pinned))
    return recommend(pair, intent, free, pinned, machine.place, machine.ways, machine.coefficients)


def _best(advice: Advice) -> Option:
    return advice.chosen or _least(advice.options)


def _asked(advice: Advice, intent: Intent, recommended: Option) -> Option | None:
    """The least of the intent's own size, where the recommended one is smaller by more than anybody would see."""
    if intent == Intent.AUTO:
        return None
    tier = PRESETS[Preset(intent)]["output"]
    named = [option for option in advice.options if option.tier == tier]
    if not named or recommended.size.pixels * best_output.NEAR**2 >= named[0].size.pixels:
        return None
    return _least(named)


def _least(options: Sequence[Option]) -> Option:
    return min(options, key=lambda option: option.forecast.peak_high_bytes)


def _named(settings: Settings, names: frozenset[str]) -> dict[str, Any]:
    return {name: getattr(settings, name) for name in names}
