"""The advisor's card: what is recommended and why, what it costs, and what a choice of one's own does to that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import streamlit as st

from advisor.recommendation import Option, Remark, Verdict
from fusion.settings import Settings
from pages.parts.components import figures, redrawn
from pages.parts.fuse import calibrate, options_table, pair_verdict, settings_form
from pages.parts.fuse.guidance import Guide, guide
from pages.parts.i18n import Words, words
from pages.parts.server import rights
from pages.parts.services import calibration, watch
from pages.parts.session import Desk, desk, pins

LOOK_SECONDS = 2.5  # between two looks at what is free
MEASURING_SECONDS = 0.5  # likewise while this machine is measured
MOST_REASONS = 4
# By the figures, by the line under the reasons, by the part that measures, and beside the photo.
_SAID_ELSEWHERE = ("takes", "basis_", "not_measured")
_INTENTS: Mapping[str, str] = {"auto": "auto_awesome"} | {
    str(preset): icon for preset, icon in settings_form.ICONS.items()
}


def follow(here: Desk) -> Guide | None:
    """Put into the widgets what is advised, but for what a person has set; only before they are drawn."""
    settings = here.wishes.hear(settings_form.chosen())
    found = _guide(here, settings)
    settings_form.put(here, found.settings if found else settings)
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
    st.caption(f":material/block: **{say('advice.too_big')}**")
    if seen.fitting is not None:
        options_table.use(say, here, seen, seen.fitting, "fit_beside")


def expected_s(seen: Guide | None) -> float | None:
    """How long the fusion takes that will be made, with what must be loaded for it; None where nobody knows."""
    if seen is None:
        return None
    forecast, is_loaded = seen.effective.forecast, seen.machine.loaded == seen.effective.workload.precision
    return None if forecast.seconds is None else forecast.seconds + (0.0 if is_loaded else forecast.load_seconds)


@redrawn(LOOK_SECONDS)
def _seldom(seen: Guide, is_measuring: bool) -> None:
    _live(seen, is_measuring)


@redrawn(MEASURING_SECONDS)
def _often(seen: Guide, is_measuring: bool) -> None:
    _live(seen, is_measuring)


def _live(seen: Guide, is_measuring: bool) -> None:
    """Draw what is so now; where the rest of the page would be another one too, the whole page."""
    here, say = desk(), words()
    here.wishes.check(settings_form.chosen())
    now = _guide(here, replace(settings_form.chosen(), **pins.values(here.wishes.shown)))
    is_same = calibration().view().is_running == is_measuring and here.wishes.wanted is None
    if now is None or not is_same or _told(now) != _told(seen):
        here.wishes.is_ours = True
        st.rerun()
    with st.container(border=True, gap="small", key="advice"):
        pair_verdict.part(say, now.advice.suitability)
        _recommended(say, here, now)
        if now.choice is not None:
            _chosen(say, here, now, now.choice)
        options_table.table(say, here, now)
        calibrate.part(say, here, now.machine.measured)
        if now.machine.ledger_error is not None:
            st.caption(f":material/warning: {' '.join(say.error(rights.discreet(now.machine.ledger_error)))}")


def _guide(here: Desk, settings: Settings) -> Guide | None:
    pair = here.pair
    return guide(pair, here.wishes.intent, settings, here.wishes.pinned, watch().look()) if pair else None


def _told(found: Guide) -> tuple[object, ...]:
    """What the rest of the page shows of it."""
    return pins.values(found.settings), found.does_fit, found.fitting and pins.values(found.fitting.settings)


def _recommended(say: Words, here: Desk, now: Guide) -> None:
    option = now.recommended
    key = "advice.recommended" if now.advice.chosen else "advice.nothing_fits"
    with st.container(gap="xsmall", key="recommended"):
        st.caption(f":material/{_INTENTS[here.wishes.intent]}: {say(f'intent.{here.wishes.intent}')}")
        st.subheader(say(key, what=figures.name(say, option)), anchor=False)
        _figures(say, option, now)
        _reasons(say, [*_instead(say, here, now), *_spoken(say, option.reasons)], option)
        _warnings(say, now.advice.warnings)
        st.caption(f":material/query_stats: {figures.basis(say, option.forecast)}")


def _figures(say: Words, option: Option, now: Guide) -> None:
    """Memory, time and detail side by side, under one another where that is too narrow."""
    shown = {
        f"memory.{now.machine.place.kind}": figures.memory(say, option, now.machine.place),
        "time": figures.time(say, option.forecast),
        "detail": figures.detail(say, option),
    }
    with st.container(horizontal=True, gap="small", key="figures"):
        for name, value in shown.items():
            st.markdown(f":small[:gray[{say(name)}]]  \n**{value}**", width="content")
    later = figures.loading(say, option.forecast) if now.machine.loaded != option.workload.precision else ""
    if later:
        st.caption(later)


def _instead(say: Words, here: Desk, now: Guide) -> list[str]:
    """That the intent's own size is not what is recommended, and why."""
    if now.asked is None:
        return []
    why = "too_big" if now.asked.verdict == Verdict.TOO_BIG else "no_detail"
    preset, tier = say(f"preset.{here.wishes.intent}"), figures.tier(say, now.asked)
    return [say(f"advice.instead_{why}", preset=preset, tier=tier, size=str(now.recommended.size))]


def _reasons(say: Words, reasons: Sequence[str], option: Option) -> None:
    """The most important ones, and what would help against softness."""
    lines = [*reasons[:MOST_REASONS], *figures.helps(say, option)]
    if lines:
        st.caption("\n".join(f"- {line}" for line in lines))


def _warnings(say: Words, warnings: Sequence[Remark]) -> None:
    said = _spoken(say, warnings)
    if said:
        st.caption("  \n".join(f":orange[:material/warning:] {warning}" for warning in said))


def _spoken(say: Words, remarks: Sequence[Remark]) -> list[str]:
    shown = (remark for remark in remarks if not remark.code.startswith(_SAID_ELSEWHERE))
    return [say.remark(Remark(each.code, rights.anonymous(say, each.details))) for each in shown]


def _chosen(say: Words, here: Desk, now: Guide, choice: Option) -> None:
    """What the person has set in place of it, and the ways back."""
    icon, colour = options_table.LOOKS[choice.verdict]
    with st.container(gap="xsmall", key="choice"):
        st.markdown(f"**{say('advice.choice', what=figures.name(say, choice))}**")
        verdict = f":{colour}-badge[:material/{icon}: {say(f'fit_verdict.{choice.verdict}')}]"
        st.markdown(f":small[{verdict} {figures.beside(say, choice, now.recommended)}]")
        _reasons(say, _spoken(say, choice.reasons), choice)
        _warnings(say, now.cautions)
        with st.container(horizontal=True, gap="xsmall", key="choice_buttons"):
            st.button(
                say("advice.back"),
                help=say("advice.back.help"),
                key="recommendation",
                on_click=_back,
                args=(here,),
                wrap=True,
            )
            if now.fitting is not None:
                options_table.use(say, here, now, now.fitting, "fit")


def _back(here: Desk) -> None:
    here.wishes.pinned = frozenset()
