"""The sizes with this machine's numbers: what each suits, takes and holds, and a button that takes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import streamlit as st

from advisor.recommendation import Option, Verdict
from pages.parts.components import figures
from pages.parts.fuse.guidance import Guide, pinned_by
from pages.parts.i18n import Words
from pages.parts.session import Desk, pins

LOOKS: Mapping[str, tuple[str, Literal["green", "orange", "red"]]] = {
    Verdict.FITS: ("check_circle", "green"),
    Verdict.TIGHT: ("warning", "orange"),
    Verdict.TOO_BIG: ("block", "red"),
}


def table(say: Words, here: Desk, now: Guide) -> None:
    """One row for each way."""
    with st.expander(say("options.title"), icon=":material/table_rows:", key="options"):
        for number, option in enumerate(now.options):
            _row(say, here, now, number, option)


def use(say: Words, here: Desk, now: Guide, option: Option, key: str) -> None:
    """A button that takes an option."""
    what = [str(option.size)] + [say("stages.two")] * option.workload.two_stage
    label = say("options.use", size=" · ".join(what))
    st.button(label, icon=":material/check:", key=key, on_click=take, args=(here, now, option), wrap=True)


def take(here: Desk, now: Guide, option: Option) -> None:
    """Set what an option sets, from the next run on; a callback."""
    here.wishes.wanted = option.settings
    here.wishes.pinned = pinned_by(option, now.recommended, here.wishes.pinned)


def _row(say: Words, here: Desk, now: Guide, number: int, option: Option) -> None:
    is_on = pins.values(option.settings) == pins.values(now.effective.settings)
    icon, colour = LOOKS[option.verdict]
    with st.container(gap=None, key=f"row_{number}"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.button(
                " · ".join([figures.title(say, option)] + [say("options.on")] * is_on),
                icon=":material/radio_button_checked:" if is_on else ":material/radio_button_unchecked:",
                key=f"use_{number}",
                disabled=is_on,
                on_click=take,
                args=(here, now, option),
                wrap=True,
            )
            st.badge(say(f"fit_verdict.{option.verdict}"), icon=f":material/{icon}:", color=colour)
        st.caption(figures.row(say, option))
