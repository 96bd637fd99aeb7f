"""The advisor's card: what will come of Fuse in one sentence, what warns, and behind it why, and every other way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import streamlit as st

from advisor.recommendation import Option, Remark
from fusion.settings import Settings
from fusion.suitability import Verdict as Suits
from fusion.types import UNKNOWN, Foretold
from pages.parts.components import figures, redrawn
from pages.parts.fuse import advice_line, calibrate, engine_offer, options_table, pair_verdict, settings_form
from pages.parts.fuse.guidance import Guide, guide
from pages.parts.i18n import Words, words
from pages.parts.server import rights
from pages.parts.services import calibration, watch
from pages.parts.session import Desk, desk, pins

LOOK_SECONDS = 2.5  # between two looks at what is free
MEASURING_SECONDS = 0.5  # likewise while this machine is measured
MOST_REASONS = 4
_BASES = ("basis_", "not_measured")  # what is said of forecasts, in a line of its own
_OF_THE_MACHINE = (*_BASES, "card")
_INTENTS: Mapping[str, str] = {"auto": "auto_awesome"} | {
    str(preset): icon for preset, icon in settings_form.ICONS.items()
}


def follow(here: Desk) -> Guide | None:
    """Hear what a person has set, and put what is advised beside it; only before the widgets are drawn."""
    said = here.wishes.hear(settings_form.said())
    found = _guide(here, said)
    here.wishes.advised, here.wishes.size = (found.automatic, found.size) if found else (None, None)
    settings_form.put(here, found.settings if found else said)
    return found


def card(say: Words, seen: Guide | None) -> None:
    """The card, which goes on looking at the machine; without two faces, one line that says what it waits for."""
    if seen is None:
        st.caption(f":material/auto_awesome: {say('advice.hint')}")
        return
    (_often if calibration().view().is_running else _seldom)(seen, calibration().view().is_running)


def offer(say: Words, here: Desk, seen: Guide | None) -> None:
    """Beside the button that fuses: that the choice does not fit, and what does."""
    if seen is None or seen.does_fit or here.job:
        return
    _, icon, _ = figures.fit(say, seen.effective)
    st.caption(f":material/{icon}: **{say(f'advice.{seen.effective.verdict}')}**")
    if seen.fitting is not None:
        options_table.use(say, here, seen, seen.fitting, "fit_beside")


def foretold(seen: Guide | None) -> Foretold:
    """What is expected of the fusion that will be made, with what must be loaded for it."""
    if seen is None:
        return UNKNOWN
    return Foretold(advice_line.expected_s(seen), seen.effective.forecast.peak_high_bytes)


@redrawn(LOOK_SECONDS)
def _seldom(seen: Guide, is_measuring: bool) -> None:
    _live(seen, is_measuring)


@redrawn(MEASURING_SECONDS)
def _often(seen: Guide, is_measuring: bool) -> None:
    _live(seen, is_measuring)


def _live(seen: Guide, is_measuring: bool) -> None:
    """Draw what is so now; where the rest of the page would be another one too, the whole page."""
    here, say = desk(), words()
    said = settings_form.said()
    here.wishes.check(said)
    now = _guide(here, replace(said, **pins.values(here.wishes.shown)))
    is_same = calibration().view().is_running == is_measuring and here.wishes.wanted is None
    if engine_offer.leads() or now is None or not is_same or _told(now) != _told(seen):
        here.wishes.is_ours = True
        st.rerun()
    with st.container(border=True, gap="small", key="advice"):
        _pair(say, now)
        _said(say, here, now)
        with st.container(gap=None, key="advice_more"):
            with st.expander(say("advice.why"), icon=":material/help:", type="compact", key="why"):
                _why(say, here, now)
            options_table.table(say, here, now)


def _guide(here: Desk, settings: Settings) -> Guide | None:
    pair = here.pair
    return guide(pair, here.wishes.intent, settings, here.wishes.pinned, watch().look()) if pair else None


def _told(found: Guide) -> tuple[object, ...]:
    """What the rest of the page shows of it."""
    fitting = found.fitting and pins.values(found.fitting.settings)
    return pins.values(found.settings), found.does_fit, fitting, pins.values(found.automatic), found.size


def _pair(say: Words, now: Guide) -> None:
    """How well the two faces go together, where there is anything to say against them."""
    found = now.advice.suitability
    if found is not None and (found.verdict != Suits.GOOD or found.causes):
        pair_verdict.part(say, found)


def _said(say: Words, here: Desk, now: Guide) -> None:
    """The sentence, what warns, and what a person may want to know before pressing Fuse."""
    option = now.effective
    with st.container(gap="xsmall", key="recommended"):
        st.markdown(advice_line.line(say, now))
        if where := advice_line.where(say, now.machine):
            st.caption(f":material/lan: {where}")
        lines = [*_instead(say, here, now)]
        if option.verdict.fits:
            lines += filter(None, (advice_line.soft(say, option, here.subject.photo if here.subject else option.size),))
        if now.choice is not None and now.recommended.size != option.size:
            lines.append(say("advice.otherwise", size=advice_line.spaced(now.recommended.size)))
        elif not now.does_fit:
            lines.append(say("advice.nothing_fits"))
        if lines:
            st.caption("  \n".join(lines))
        _warnings(say, [each for each in (*now.advice.warnings, *now.cautions) if not _is_of_the_machine(each)])
        if now.fitting is not None:
            options_table.use(say, here, now, now.fitting, "fit")


def _why(say: Words, here: Desk, now: Guide) -> None:
    """The numbers, the reasons, what the forecast rests on, and measuring."""
    if now.advice.suitability is not None and not now.advice.suitability.causes:
        pair_verdict.part(say, now.advice.suitability)
    _option(say, now, now.recommended, say(f"intent.{here.wishes.intent}"), _INTENTS[here.wishes.intent])
    if now.choice is not None:
        with st.container(gap="xsmall", key="choice"):
            _option(say, now, now.choice, say("advice.choice"), "pan_tool_alt")
            st.caption(figures.beside(say, now.choice, now.recommended))
    _warnings(say, [each for each in now.advice.warnings if each.code == "card"])
    st.caption(f":material/query_stats: {figures.basis(say, now.effective.forecast)}")
    calibrate.part(say, here, now.machine.measured)
    if now.machine.ledger_error is not None:
        st.caption(f":material/warning: {' '.join(say.error(rights.discreet(now.machine.ledger_error)))}")


def _option(say: Words, now: Guide, option: Option, title: str, icon: str) -> None:
    st.caption(f":material/{icon}: {title}")
    st.markdown(f"**{figures.name(say, option)}**")
    _figures(say, option, now)
    _reasons(say, _spoken(say, option.reasons), option)


def _figures(say: Words, option: Option, now: Guide) -> None:
    """Memory, time and detail side by side, under one another where that is too narrow."""
    shown = {
        f"memory.{now.machine.place.kind}": figures.memory(say, option, now.machine.place),
        "time": figures.time(say, option.forecast),
        "detail": figures.detail(say, option),
    }
    with st.container(horizontal=True, gap="small"):
        for name, value in shown.items():
            st.markdown(f":small[:gray[{say(name)}]]  \n**{value}**", width="content")
    later = figures.loading(say, option.forecast) if now.machine.loaded != option.workload.precision else ""
    if later:
        st.caption(later)


def _instead(say: Words, here: Desk, now: Guide) -> list[str]:
    """That the intent's own size is not what is recommended, and why."""
    if now.asked is None or here.subject is None or "output" in here.wishes.pinned:
        return []
    preset, tier = say(f"preset.{here.wishes.intent}"), figures.tier(say, now.asked)
    photo, size = here.subject.photo, now.recommended.size
    why = "photo" if size == photo else "face"
    if not now.asked.verdict.fits and figures.looks(now.asked) == "sharp":
        why = "memory"
    said = {"preset": preset, "tier": tier, "photo": advice_line.spaced(photo), "size": advice_line.spaced(size)}
    return [say(f"advice.instead_{why}", **said)]


def _reasons(say: Words, reasons: Sequence[str], option: Option) -> None:
    """The most important ones, and what would help against softness."""
    lines = [*reasons[:MOST_REASONS], *figures.helps(say, option)]
    if lines:
        st.caption("\n".join(f"- {line}" for line in lines))


def _is_of_the_machine(remark: Remark) -> bool:
    return remark.code.startswith(_OF_THE_MACHINE)


def _warnings(say: Words, warnings: Sequence[Remark]) -> None:
    said = _spoken(say, warnings)
    if said:
        st.caption("  \n".join(f":orange[:material/warning:] {warning}" for warning in said))


def _spoken(say: Words, remarks: Sequence[Remark]) -> list[str]:
    shown = (remark for remark in remarks if not remark.code.startswith(("takes", *_BASES)))  # the figures say it
    return [say.remark(Remark(each.code, rights.anonymous(say, each.details))) for each in shown]
