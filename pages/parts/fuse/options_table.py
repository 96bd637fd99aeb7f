"""The sizes with this machine's numbers: what each suits, takes and holds, and a button that takes it."""

from __future__ import annotations

import streamlit as st

from advisor.recommendation import Option
from pages.parts.components import figures
from pages.parts.fuse import engine_offer
from pages.parts.fuse.guidance import Guide, on_card, pinned_by
from pages.parts.i18n import Words
from pages.parts.pressing import once
from pages.parts.session import Desk, pins

LEAST_GIB, MOST_GIB = 0.5, 1024.0  # of a card that somebody supposes


def table(say: Words, here: Desk, now: Guide) -> None:
    """A list that opens, one row for each way."""
    with st.expander(say("options.title"), icon=":material/table_rows:", type="compact", key="options"):
        st.caption(say("options.about"))
        for number, option in enumerate(now.options):
            _row(say, here, now, number, option)
        _what_if(say, here, now)


def use(say: Words, here: Desk, now: Guide, option: Option, key: str) -> None:
    """A button that takes an option."""
    what = [str(option.size)] + [say("stages.two")] * option.workload.two_stage
    label = say("options.use", size=" · ".join(what))
    st.button(label, icon=":material/check:", **once(key, take, here, now, option), wrap=True)


def _what_if(say: Words, here: Desk, now: Guide) -> None:
    """The same list for a card of as much memory as somebody names."""
    gib = st.number_input(
        say("what_if.ask"), min_value=LEAST_GIB, max_value=MOST_GIB, value=None, step=1.0, format="%g",
        placeholder=say("what_if.such_as"), help=say("what_if.help"), key="what_if",
    )  # fmt: skip
    if gib is None or here.pair is None:
        return
    options = on_card(now, here.pair, here.wishes.intent, here.wishes.pinned, gib)
    for number, option in enumerate(options):
        word, icon, colour = figures.fit(say, option)
        with st.container(gap=None, key=f"what_if_{number}"):
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                st.markdown(figures.title(say, option), width="content")
                st.badge(word, icon=f":material/{icon}:", color=colour)
            st.caption(figures.row(say, option))
    st.caption(f":material/query_stats: {figures.basis(say, options[0].forecast)}")


def take(here: Desk, now: Guide, option: Option) -> None:
    """Set what an option sets, from the next run on; a callback."""
    assert here.pair is not None  # or there were no table
    here.wishes.wanted = option.settings
    here.wishes.pinned = pinned_by(option, now, here.pair, here.wishes.intent, here.wishes.pinned)


def _row(say: Words, here: Desk, now: Guide, number: int, option: Option) -> None:
    is_lacking = engine_offer.lacks(option.settings)
    is_on = not is_lacking and pins.values(option.settings) == pins.values(now.effective.settings)
    word, icon, colour = figures.fit(say, option)
    if is_lacking:  # it may fit, and cannot run
        word, icon, colour = say("options.no_weights"), "download", "orange"
    key = f"use_{number}"
    press = once(key, engine_offer.lead) if is_lacking else once(key, take, here, now, option)
    with st.container(gap=None, key=f"row_{number}"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.button(
                " · ".join([figures.title(say, option)] + [say("options.on")] * is_on),
                icon=":material/radio_button_checked:" if is_on else ":material/radio_button_unchecked:",
                disabled=is_on,
                wrap=True,
                **press,
            )
            st.badge(word, icon=f":material/{icon}:", color=colour)
        st.caption(figures.row(say, option))
