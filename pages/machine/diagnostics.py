"""From what somebody sees in a result to its measured cause and to its remedy; beside it, how the machine fares."""

from __future__ import annotations

import streamlit as st

from fusion.errors import FusionError, frameless
from fusion.jobs import JobView
from fusion.types import ENDED
from pages.parts.components import bars, cards
from pages.parts.diagnosis import findings, machine, picture, question, report, trial
from pages.parts.i18n import words
from pages.parts.services import rounds
from pages.parts.session import diagnosis_state, examined


def ask() -> tuple[JobView | None, bool]:
    """A job or pictures, and the symptom: which job, and whether there is anything to look at."""
    with st.container(border=True, gap="small", key="diagnosis_ask"):
        if question.way(say) == diagnosis_state.Way.FILES:
            view, is_ready = None, question.files(say, here)
        else:
            view = question.job(say, here)
            is_ready = view is not None
        here.symptom = question.symptom(say)
    return view, is_ready


def think(view: JobView | None) -> examined.Seen | None:
    """What can be measured; None while the job goes on, or where a picture cannot be read."""
    if view is not None and view.progress.state not in ENDED:
        with left:
            st.info(say("diagnosis.going"), icon=":material/hourglass_top:")
            if here.trial is None or here.trial.job != view.id:
                trial.going(view.id)
        return None
    try:
        with left, st.spinner(say("diagnosis.looking")):
            return here.of_files() if view is None else here.of_job(view)
    except FusionError as error:
        with left:
            cards.error(say, error)
        return None


def show(view: JobView | None, seen: examined.Seen) -> None:
    """The picture, and the causes beside it."""
    found = seen.diagnosis(here.symptom)
    with left:
        if view is not None and view.error is not None:
            cards.error(say, view.error)
        if seen.error is not None:
            cards.error(say, seen.error)
        if seen.pictures is not None:
            picture.show(say, seen.pictures, seen.measures)
        else:
            st.caption(f":material/image_not_supported: {say('diagnosis.not_measured')}")
        picture.how_it_ran(say, seen.run)
    with middle:
        findings.findings(say, here, view, seen, found)


def tell(view: JobView | None, seen: examined.Seen | None) -> None:
    """All measures, and the whole as text to copy; of the machine alone where nothing was looked at."""
    found = seen.diagnosis(here.symptom) if seen is not None else None
    if seen is not None:
        with st.expander(say("diagnosis.measures"), icon=":material/straighten:", key="diagnosis_measures"):
            for rows in (report.table(say, seen.measures), report.pairs(say, seen.measures)):
                if rows:
                    st.html(bars.table(rows))
    with st.expander(say("diagnosis.report"), icon=":material/content_copy:", key="diagnosis_report"):
        st.caption(say("diagnosis.report.help"))
        last = rounds().last
        text = report.report(say, view, seen, found, last and machine.discreet(last))
        st.code(text, language="markdown", wrap_lines=True)


def nothing(way_is_job: bool) -> None:
    """The place of the diagnosis before there is anything to look at."""
    with left, st.container(border=True, key="empty"):
        if way_is_job:
            st.markdown(f"**{say('diagnosis.no_job')}**")
            st.caption(say("diagnosis.no_job.help"))
            st.page_link(findings.FUSE, label=say("history.empty.start"), icon=":material/auto_fix_high:")
        else:
            st.caption(say("diagnosis.need"))


here, say = diagnosis_state.diagnosis_desk(), words()
with st.container(gap=None, key="title"):
    st.title(say("diagnosis.title"), anchor=False)
    st.caption(say("diagnosis.subtitle"))
view, seen, is_ready, failure = None, None, False, None
try:
    view, is_ready = ask()
except FusionError as error:  # of the address or of the database; the machine can be looked at all the same
    failure = frameless(error)
trial.trial(say, here)
if here.error is not None:
    cards.error(say, here.error)
    here.error = None
below, right = st.columns([8, 3], gap="medium")
left, middle = below.columns(2, gap="medium")
with right:  # first: it takes no time, and the report names it
    machine.card()
if failure is not None:
    with left:
        cards.error(say, failure)
elif is_ready:
    seen = think(view)
    if seen is not None:
        show(view, seen)
else:
    nothing(question.is_job())
with below:
    tell(view, seen)
