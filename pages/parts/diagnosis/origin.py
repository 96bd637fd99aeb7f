"""Where a picture comes from: a place for one file, and in words what it says of that and what holds of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import streamlit as st

from fusion import config
from fusion.verification import Finding, Report, State, Verdict
from pages.parts import uploading
from pages.parts.components import cards
from pages.parts.i18n import Words, job_text
from pages.parts.session import diagnosis_state, history_state, uploads

HISTORY = "pages/studio/history.py"
_Colour = Literal["green", "red", "blue", "gray"]
_STATES: Mapping[State, tuple[str, _Colour]] = {  # in the order in which they are shown
    State.BROKEN: ("report", "red"),
    State.HOLDS: ("verified", "green"),
    State.CLAIMED: ("label", "blue"),
    State.UNKNOWN: ("help", "gray"),
}
_VERDICTS: Mapping[Verdict, State] = {
    Verdict.BROKEN: State.BROKEN,
    Verdict.WHOLE: State.HOLDS,
    Verdict.CLAIMED: State.CLAIMED,
    Verdict.NOTHING: State.UNKNOWN,
}


def drop(say: Words, here: diagnosis_state.DiagnosisDesk) -> None:
    """The place for the file. It is looked at, and let go."""
    most = uploads.let_through(config.load().max_upload_bytes * diagnosis_state.RESULT_TIMES)
    title = say("origin.title")
    st.markdown(f"**{title}**", help=say("origin.help"))
    place = uploading.Place(title, uploading.Kind.PICTURE, uploading.PHOTOS, most, pastes=True)
    label = f"{title} {say('photo.upload', limit=uploads.in_mib(most))}"
    file = uploading.box(say, place, f"origin_{here.origin.turn}", label=label, label_visibility="collapsed")
    st.caption(f":material/lock: {say('origin.privacy')}")
    if file is not None:
        with st.spinner(say("origin.looking")), uploads.taking([file]) as [(name, data)]:
            here.origin.take(data, job_text.short(name), most)
        st.rerun()


def show(say: Words, here: diagnosis_state.DiagnosisDesk) -> None:
    """What was found, or why the file could not be read; before there is one, what is looked for."""
    origin = here.origin
    if origin.error is not None:
        cards.error(say, origin.error)
    elif origin.report is not None:
        _report(say, here, origin.report)
    else:
        with st.container(border=True, key="empty"):
            st.markdown(f"**{say('origin.empty')}**")
            st.caption(say("origin.empty.help"))


def _report(say: Words, here: diagnosis_state.DiagnosisDesk, report: Report) -> None:
    icon, colour = _STATES[_VERDICTS[report.verdict]]
    with st.container(border=True, gap="small", key="origin_report"):
        st.caption(job_text.plain(here.origin.name))
        st.subheader(f":{colour}[:material/{icon}:] {say(f'origin.{report.verdict}')}", anchor=False)
        if report.is_ai:
            st.badge(say("origin.ai"), icon=":material/auto_awesome:", color="orange")
        st.markdown(say(f"origin.{report.verdict}.remedy"))
        for state in _STATES:
            _findings(say, state, [each for each in report.findings if each.state == state])
        if here.origin.is_known(report.produce_id):
            st.page_link(
                HISTORY,
                label=say("origin.open"),
                icon=":material/history:",
                query_params={history_state.OPEN: report.produce_id},
            )


def _findings(say: Words, state: State, found: list[Finding]) -> None:
    if not found:
        return
    icon, colour = _STATES[state]
    key = f"origin.state.{state}"
    st.badge(say(key), icon=f":material/{icon}:", color=colour, help=say(f"{key}.help"))
    st.markdown("\n".join(f"- {_sentence(say, each)}" for each in found))


def _sentence(say: Words, found: Finding) -> str:
    """On one line, and nothing in it means anything to Markdown: a stranger has written part of it."""
    return job_text.plain(" ".join(say.found(found).split()))
