"""From what somebody sees in a result to its measured cause and to its remedy.

How the machine fares stands beside it where that is what it is about, and else below, for who opens it.
"""

from __future__ import annotations

from http import HTTPStatus

import streamlit as st

from advisor.diagnosis import Symptom
from fusion.errors import FusionError, Reason, frameless
from fusion.jobs import JobView
from fusion.types import ENDED
from pages.parts.components import bars, cards
from pages.parts.diagnosis import findings, machine, origin, picture, question, report, trial
from pages.parts.i18n import words
from pages.parts.services import rounds, scene
from pages.parts.session import diagnosis_state, examined

Way = diagnosis_state.Way


def ask() -> tuple[Way, JobView | None, bool]:
    """A job or pictures, and the symptom: which job, and whether there is anything to look at."""
    with st.container(border=True, gap="small", key="diagnosis_ask"):
        way = question.way(say)
        if way == Way.ORIGIN:
            origin.drop(say, here)
            return way, None, False
        if way == Way.FILES:
            view, is_ready = None, question.files(say, here)
        else:
            view = question.job(say, here)
            is_ready = view is not None
        here.symptom = question.symptom(say)
    return way, view, is_ready


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
            picture.whose(say, view)
        else:
            st.caption(f":material/image_not_supported: {say('diagnosis.not_measured')}")
        picture.how_it_ran(say, seen.run)
    with middle:
        findings.findings(say, here, view, seen, found)


def tell(view: JobView | None, seen: examined.Seen | None) -> None:
    """All measures, and the whole as text to copy; of the machine alone where nothing was looked at."""
    found = seen.diagnosis(here.symptom) if seen is not None else None
    if seen is not None:
        with st.expander(say("diagnosis.measures"), key="diagnosis_measures"):
            for rows in (report.table(say, seen.measures), report.pairs(say, seen.measures)):
                if rows:
                    st.html(bars.table(rows))
    with st.expander(say("diagnosis.report"), key="diagnosis_report"):
        st.caption(say("diagnosis.report.help"))
        live = scene().look()
        last = rounds().last if live is None else rounds().look(live)
        text = report.report(say, view, seen, found, last and machine.discreet(last))
        st.code(text, language="markdown", wrap_lines=True)


def nothing(way: Way) -> None:
    """The place of the diagnosis before there is anything to look at."""
    with left, st.container(border=True, key="empty"):
        if way == Way.JOB:
            st.markdown(f"**{say('diagnosis.no_job')}**")
            st.caption(say("diagnosis.no_job.help"))
            st.page_link(findings.FUSE, label=say("history.empty.start"), icon=":material/auto_fix_high:")
        else:
            st.caption(say("diagnosis.need"))


def is_of_the_machine(view: JobView | None, failure: FusionError | None) -> bool:
    """Whether the machine is what this is about: what is seen is its speed, or it has failed, not the photos."""
    errors = (failure, view.error if view is not None else None)
    reasons = {error.reason for error in errors if error is not None} - {Reason.CANCELLED}
    return here.symptom == Symptom.SLOW or any(reason.status >= HTTPStatus.INTERNAL_SERVER_ERROR for reason in reasons)


here, say = diagnosis_state.diagnosis_desk(), words()
with st.container(gap=None, key="title"):
    st.title(say("diagnosis.title"), anchor=False)
    st.caption(say("diagnosis.subtitle"))
way, view, seen, is_ready, failure = Way.JOB, None, None, False, None
try:
    way, view, is_ready = ask()
except FusionError as error:  # of the address or of the database; the machine can be looked at all the same
    failure = frameless(error)
trial.trial(say, here)
if here.error is not None:
    cards.error(say, here.error)
    here.error = None
is_beside = way != Way.ORIGIN and is_of_the_machine(view, failure)
if is_beside:
    below, right = st.columns([8, 3], gap="medium")
    with right:
        machine.card()
else:
    below = st.container()
left, middle = below.columns(2 if is_beside else [6, 5], gap="medium")
if failure is not None:
    with left:
        cards.error(say, failure)
elif way == Way.ORIGIN:
    with below:
        origin.show(say, here)
elif is_ready:
    seen = think(view)
    if seen is not None:
        show(view, seen)
else:
    nothing(way)
if way != Way.ORIGIN:
    with below:
        tell(view, seen)
        if not is_beside:
            machine.folded(say)
