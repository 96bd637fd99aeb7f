"""What is to be examined: a job of the history or three pictures of any tool, and what somebody sees in it."""

from __future__ import annotations

import streamlit as st

from advisor.diagnosis import Symptom
from fusion import config
from fusion.errors import FusionError, frameless
from fusion.jobs import JobView
from fusion.types import Role
from pages.parts import uploading
from pages.parts.components import cards, fields
from pages.parts.fuse import run
from pages.parts.history import gallery
from pages.parts.i18n import Words, job_text
from pages.parts.pressing import once
from pages.parts.session import diagnosis_state, history_state, uploads

ALL = "all"  # beside the symptoms
_WAY, _JOB, _SYMPTOM = "diagnosis_way", "diagnosis_job", "diagnosis_symptom"


def way(say: Words) -> diagnosis_state.Way:
    """A job, pictures, or where one comes from; a job that the address names comes first."""
    if history_state.OPEN in st.query_params:
        st.session_state[_WAY] = str(diagnosis_state.Way.JOB)
    chosen = fields.one_of(
        say("diagnosis.way"),
        [str(each) for each in diagnosis_state.Way],
        key=_WAY,
        first=str(diagnosis_state.Way.JOB),
        format_func=lambda each: say(f"diagnosis.way.{each}"),
        label_visibility="collapsed",
        on_change=_leave_the_job,
    )
    return diagnosis_state.Way(chosen)


def _leave_the_job() -> None:
    st.query_params.pop(history_state.OPEN, None)


def job(say: Words, here: diagnosis_state.DiagnosisDesk) -> JobView | None:
    """The one that the address names, else the newest; None where there is none.

    Raises:
        FusionError: "ledger_unusable".
    """
    offered = {view.id: view for view in here.jobs()}
    asked = st.query_params.get(history_state.OPEN)
    if asked is not None and asked not in offered:
        try:
            offered = {asked: here.album.job(asked), **offered}
        except FusionError as error:  # there is none, or it is somebody else's
            here.error = frameless(error)
            _leave_the_job()
    if not offered:
        return None
    chosen = offered.get(asked or "") or next(iter(offered.values()))
    lines = {view.id: _line(say, view) for view in offered.values()}
    # The browser knows an option by its words. Where those change, as when a job ends or a day does, it is another box:
    # else it would show the first one instead.
    key = f"{_JOB}_{abs(hash(tuple(lines.values())))}"
    st.session_state[key] = chosen.id
    st.selectbox(
        say("diagnosis.job"),
        list(lines),
        index=list(lines).index(chosen.id),
        format_func=lambda id: lines.get(id, id),
        key=key,
        on_change=lambda: here.choose(st.session_state[key]),
    )
    here.show(chosen.id)
    if here.agreed.is_per_job:  # for a remedy that is tried
        run.tick(say, here.agreed, "diagnosis_consent")
    return chosen


def _line(say: Words, view: JobView) -> str:
    """A job in one line, unlike any other's: the browser sends it back to say which was chosen."""
    names = " + ".join(name for name in (view.target_name, view.source_name) if name)
    parts = (
        f"#{view.number}",
        gallery.moment(say, view),
        job_text.size(say, view),
        say(f"state.{view.progress.state}"),
        names,
    )
    return " · ".join(part for part in parts if part)


def symptom(say: Words) -> Symptom | None:
    """What somebody sees; None for everything."""
    chosen = fields.one_of(
        say("diagnosis.symptom"),
        [ALL, *(str(each) for each in Symptom)],
        key=_SYMPTOM,
        first=ALL,
        kind="pills",
        format_func=lambda each: say(f"symptom.{each}"),
    )
    return Symptom(chosen) if chosen in list(Symptom) else None


def files(say: Words, here: diagnosis_state.DiagnosisDesk) -> bool:
    """Draws the three places and the consent; whether there is enough to look at."""
    for column, part in zip(st.columns(len(diagnosis_state.PARTS), gap="small"), diagnosis_state.PARTS, strict=True):
        with column, st.container(gap="xsmall", key=f"given_{part}"):
            _place(say, here, str(part))
    st.caption(f":material/lock: {say('diagnosis.privacy')}")
    here.show("")
    run.tick(say, here.agreed, "diagnosis_consent")
    target, _, result = here.files()
    return bool(target and result)


def _place(say: Words, here: diagnosis_state.DiagnosisDesk, part: str) -> None:
    given = here.given[part]
    title = say("diagnosis.result") if part == diagnosis_state.RESULT else say(f"{part}.title")
    if given.data:
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", wrap=False):
            st.markdown(f"**{title}**", width="content")
            st.button(say("photo.change"), type="tertiary", **once(f"change_given_{part}", here.remove, part))
        st.image(given.url, alt=title)
        return
    optional = f" :gray[({say('diagnosis.optional')})]" if part == Role.SOURCE else ""
    st.markdown(f"**{title}**{optional}", help=_help(say, part))
    limit = uploads.let_through(
        config.load().max_upload_bytes * (diagnosis_state.RESULT_TIMES if part == diagnosis_state.RESULT else 1)
    )
    place = uploading.Place(title, uploading.Kind.PICTURE, uploading.PHOTOS, limit, pastes=True)
    label = f"{title}. {say('photo.upload', limit=uploads.in_mib(limit))}"
    key = f"given_{part}_{given.turn}"
    file = uploading.box(say, place, key, label=label, label_visibility="collapsed")
    if given.error is not None and not uploading.has_told(key):
        cards.error(say, given.error)
    if file is not None:
        with st.spinner(say("photo.reading")), uploads.taking([file]) as [(_, data)]:
            here.take(part, data)
        st.rerun()


def _help(say: Words, part: str) -> str:
    helps = {
        Role.TARGET: "target.help",
        Role.SOURCE: "diagnosis.source.help",
        diagnosis_state.RESULT: "diagnosis.result.help",
    }
    return say(helps[part])
