"""The result with the trouble in it, what its colours mean, and the same in words."""

from __future__ import annotations

from html import escape

import numpy as np
import streamlit as st

from advisor.quality import Measures, Run, overlay
from fusion.jobs import JobView
from pages.parts.components import cards, fields
from pages.parts.i18n import Words, job_text
from pages.parts.session import examined, labelling

_SHOWN = ("marked", "plain")
_STOPS = 6
_EDGE = "1px solid rgba(128, 128, 140, 0.6)"


def show(say: Words, pictures: examined.Pictures, measures: Measures) -> None:
    """Draws it, marked or plain."""
    said = words_of(say, pictures, measures)
    alt = say("diagnosis.alt", told=said)
    if pictures.marked is None:
        st.image(_shown(say, pictures, pictures.plain), width="stretch", alt=alt)
        st.caption(said)
        return
    chosen = fields.one_of(
        say("diagnosis.show"),
        _SHOWN,
        key="diagnosis_shown",
        first=_SHOWN[0],
        format_func=lambda each: say(f"diagnosis.show.{each}"),
        label_visibility="collapsed",
    )
    is_plain = chosen == "plain"
    st.image(_shown(say, pictures, pictures.plain if is_plain else pictures.marked), width="stretch", alt=alt)
    if not is_plain:
        st.html(legend(say("diagnosis.legend.border"), say("diagnosis.legend.soft")))
    st.caption(said)


def whose(say: Words, view: JobView | None) -> None:
    """Of a job that has fused several faces, which one this is."""
    said = "" if view is None or view.outcome is None else job_text.looked_at(say, view.outcome.facts)
    if said:
        st.caption(f":material/face: {said}")


def plain(say: Words, pictures: examined.Pictures) -> bytes:
    """Without the trouble, with the label where one is drawn."""
    return _shown(say, pictures, pictures.plain)


def _shown(say: Words, pictures: examined.Pictures, file: bytes) -> bytes:
    return labelling.laid(say, file, pictures.faces, pictures.job)


def how_it_ran(say: Words, made: Run | None) -> None:
    """How the job went that made it: its time, what was given up, workers that died over it."""
    if made is None:
        return
    lines = []
    if made.seconds is not None:
        numbers = {"seconds": made.seconds}
        key = "diagnosis.took" if made.expected_s is None else "diagnosis.took_expected"
        lines.append(f":material/timer: {say(key, **numbers, expected=made.expected_s or 0.0)}")
    if made.deaths:
        lines.append(f":material/power_off: {say('diagnosis.deaths', count=made.deaths)}")
    if lines:
        st.caption("  \n".join(lines))
    cards.steps(say, made.steps)


def words_of(say: Words, pictures: examined.Pictures, measures: Measures) -> str:
    """What the marks show."""
    told, result = pictures.told, measures.result
    if told is None or result is None:
        return say("diagnosis.told.nothing")
    numbers = {"mean": told.mean, "worst": told.worst}
    border = say("diagnosis.told.border", **numbers)
    if result.edge_where:
        border = say("diagnosis.told.border_at", **numbers, where=result.edge_where)
    percent = 100 * told.soft
    soft = say("diagnosis.told.soft", percent=percent) if percent >= 1 else say("diagnosis.told.not_soft")
    return say.together(border, soft)


def legend(border: str, soft: str) -> str:
    """HTML: the colours of the border from 0 to the worst, and the tint of what is soft."""
    levels = np.linspace(0, overlay.WORST_JUMP, _STOPS)
    ramp = ", ".join(_css(colour) for colour in overlay.colours(levels).tolist())
    scale = f"0 … {overlay.WORST_JUMP:.0f}+"
    swatch = f"display:inline-block;height:0.8em;border:{_EDGE};border-radius:2px;vertical-align:middle"
    return (
        f'<div aria-hidden="true" style="display:flex;flex-wrap:wrap;gap:0.2rem 1.2rem;font-size:0.875rem">'
        f'<span><span style="{swatch};width:5em;background:linear-gradient(90deg, {ramp})"></span> '
        f"{escape(border)}: {scale}</span>"
        f'<span><span style="{swatch};width:0.8em;background:{_css(overlay.SOFT_COLOUR)}"></span> '
        f"{escape(soft)}</span></div>"
    )


def _css(colour: list[int] | tuple[int, ...]) -> str:
    return f"rgb({', '.join(str(int(each)) for each in colour)})"
