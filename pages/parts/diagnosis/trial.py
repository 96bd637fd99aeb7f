"""A remedy that is tried: how far its job is, then the measure and the picture before and after."""

from __future__ import annotations

import streamlit as st

from advisor.diagnosis import Level
from fusion.errors import FusionError
from fusion.jobs import JobView
from fusion.settings import Settings
from fusion.types import ENDED, State
from pages.parts.components import cards, redrawn
from pages.parts.diagnosis import picture
from pages.parts.diagnosis.findings import changes, names
from pages.parts.i18n import Words, job_text, words
from pages.parts.pressing import once
from pages.parts.session import diagnosis_state, examined

LOOK_SECONDS = 0.3


def trial(say: Words, here: diagnosis_state.DiagnosisDesk) -> None:
    """Draws it, where one is tried."""
    if here.trial is None:
        return
    with st.container(border=True, gap="small", key="trial"):
        try:
            view = here.album.job(here.trial.job)
        except FusionError as error:  # it was deleted in the history meanwhile
            cards.error(say, error)
            _close(say, here)
            return
        is_over = view.progress.state in ENDED
        st.subheader(say("trial.title" if is_over else "trial.running"), anchor=False)
        _what(say, here.trial, view.settings)
        if not is_over:
            going(view.id)
            return
        if view.error is not None:
            if here.take_refusal(view.error):
                st.rerun()
            cards.error(say, view.error)
        else:
            _measured(say, here, view)
        _close(say, here)


def _what(say: Words, tried: diagnosis_state.Trial, settings: Settings) -> None:
    rows = changes(say, tried.before.settings, settings)
    what = say("diagnosis.join").join(f"{name}: {now} → {then}" for name, now, then in rows)
    cause = "" if tried.finding is None else say(f"cause_name.{tried.finding.cause}")
    st.caption(" · ".join(part for part in (cause, what) if part) or say("action.retry"))


@redrawn(LOOK_SECONDS)
def going(id: str) -> None:
    """A job that has not ended, with the button that stops it. Reruns the page once it has."""
    here, say = diagnosis_state.diagnosis_desk(), words()
    try:
        view = here.album.job(id)
    except FusionError:
        st.rerun()
    if view.progress.state in ENDED:
        st.rerun()
    queue = here.album.queue
    ahead = queue.ahead_of(id) if view.progress.state == State.QUEUED else 0
    text = job_text.how_far(say, view, queue.worker().state == "starting", ahead)
    with st.container(horizontal=True, vertical_alignment="center", key=f"progress_{id}"):
        st.progress(min(max(view.progress.fraction, 0.0), 1.0), text=text)
        st.button(
            say("run.cancel"),
            icon=":material/stop_circle:",
            **once(f"cancel_{id}", here.album.cancel, id),
        )
    cards.steps(say, view.steps)


def _measured(say: Words, here: diagnosis_state.DiagnosisDesk, view: JobView) -> None:
    assert here.trial is not None
    try:
        with st.spinner(say("diagnosis.looking")):
            after = here.of_job(view)
    except FusionError as error:  # of the face finder
        cards.error(say, error)
    else:
        _outcome(say, here.trial, after)


def _outcome(say: Words, tried: diagnosis_state.Trial, after: examined.Seen) -> None:
    if after.error is not None:
        cards.error(say, after.error)
        return
    sides = (("before", tried.before), ("after", after))
    *places, beside = st.columns([4, 4, 3], gap="medium")
    gauge = tried.gauge
    for place, (side, seen) in zip(places, sides, strict=True):
        with place:
            number = seen.measures.number(gauge)
            value = "" if number is None else f": {_name(say, gauge)} **{number:.3g}**"
            st.markdown(f"{say(f'trial.{side}')}{value}")
            if seen.pictures is not None:
                st.image(picture.plain(say, seen.pictures), width="stretch", alt=say(f"trial.{side}"))
    with beside:
        _verdict(say, tried, after)
        serious = [finding.cause for finding in after.diagnosis(None).findings if finding.level == Level.SERIOUS]
        found = names(say, tuple(dict.fromkeys(serious)))
        st.caption(say("trial.still", what=found) if serious else say("trial.clean"))


def _name(say: Words, gauge: str) -> str:
    return say.value("gauge", gauge.rpartition(".")[2])


def _verdict(say: Words, tried: diagnosis_state.Trial, after: examined.Seen) -> None:
    """Whether the measure that was to improve has done so."""
    gauge = tried.gauge
    was, now = (seen.measures.number(gauge) for seen in (tried.before, after))
    if not gauge or was is None or now is None:
        st.info(say("trial.unmeasured"), icon=":material/compare:")
        return
    is_better = now > was if gauge.startswith("-") else now < was
    numbers = {"before": f"{was:.3g}", "after": f"{now:.3g}"}
    text = say("trial.better" if is_better else "trial.worse", name=_name(say, gauge), **numbers)
    if is_better:
        st.success(text, icon=":material/trending_up:")
    else:
        st.warning(text, icon=":material/trending_flat:")


def _close(say: Words, here: diagnosis_state.DiagnosisDesk) -> None:
    assert here.trial is not None
    with st.container(horizontal=True, gap="xsmall", key="trial_actions"):
        st.button(
            say("trial.open"),
            icon=":material/troubleshoot:",
            **once("trial_open", here.open, here.trial.job),
        )
        st.button(say("trial.close"), **once("trial_close", here.drop))
