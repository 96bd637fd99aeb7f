"""What a batch will be, before it is queued: its pairs, what was left out of it and why, and what it will take."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from fusion.batches import Pair, Plan, Refused, judging
from fusion.errors import FusionError, Reason
from pages.parts.batch import suited
from pages.parts.batch.inputs import Uploads, counted, name_of
from pages.parts.components import cards, figures, purpose
from pages.parts.fuse import run
from pages.parts.i18n import Words, job_text
from pages.parts.pressing import once
from pages.parts.services import services, watch
from pages.parts.session import batch_state

_ROWS = 30  # of pairs that are listed
_ENOUGH = 50  # of what is left out
_NAMED = 5  # of photos with several faces


def consent(say: Words, here: batch_state.BatchDesk) -> None:
    """Asked for once per session, here or on the page for one fusion; on a served instance for each batch."""
    agreed = here.agreed
    if agreed.is_per_job or not agreed.is_given or "batch_consent" in st.session_state:
        run.tick(say, agreed, "batch_consent")
    purpose(say)
    st.caption(f":material/lock: {say('run.privacy', days=job_text.days(say, here.queue.history_days))}")


def preview(say: Words, here: batch_state.BatchDesk, given: Uploads, plan: Plan | FusionError | None) -> None:
    """Draws it, and the button that starts it."""
    if isinstance(plan, FusionError):
        cards.error(say, plan)
        return
    if plan is None:
        if not given.is_empty and given.missing is not None:
            st.caption(f":material/info: {say(given.missing)}")
        return
    with st.container(border=True, gap="small", key="batch_plan"):
        judged = here.check(plan)
        queued = judging.without(plan, judged.found, faceless=True)
        if queued.pairs:
            st.subheader(counted(say, "batch.pairs", len(queued.pairs), photos=queued.photo_count), anchor=False)
        elif not judged.is_running:
            cards.error(say, FusionError(Reason.BATCH_UNUSABLE, count=len(queued.refused)))
        suited.part(judged)
        _start(say, here, given, queued)  # above what comes with the check, which would move it
        left_out(say, queued.refused, "left_out")
        if not judged.is_running:
            _several(say, here, queued)
            _foretold(say, here, plan, judged)


def _several(say: Words, here: batch_state.BatchDesk, plan: Plan) -> None:
    """Which photos show several faces, which of them is taken, and how another is."""
    photos = {photo.sha256: photo for pair in plan.pairs if not pair.settings.map for photo in pair.photos}
    found = [job_text.plain(photo.given.name) for photo in photos.values() if here.looks.count(photo) > 1]
    if found:
        more = f" +{len(found) - _NAMED}" if len(found) > _NAMED else ""
        names = f"**{', '.join(found[:_NAMED])}**{more}"
        st.caption(f":material/groups: {say('batch.several', names=names)}")


def _foretold(say: Words, here: batch_state.BatchDesk, plan: Plan, judged: judging.Judging) -> None:
    """What it will take, and what will be fused; nothing of a plan without pairs."""
    with st.spinner(say("batch.checking")):
        forecast = here.forecast(plan, watch().look())
    if forecast is not None:
        _figures(say, forecast)
        _pairs(say, plan, forecast, judged.found)


def left_out(say: Words, refused: tuple[Refused, ...], key: str) -> None:
    """What cannot be used, each with its reason and what to do about it."""
    if not refused:
        return
    title = say("batch.left_out", count=len(refused))
    with st.expander(title, expanded=len(refused) <= 3, key=key):
        for one in refused[:_ENOUGH]:
            row = f"{say('batch.row', row=one.row)} · " if one.row else ""
            message, remedy = (job_text.plain(part) for part in say.error(one.error))
            st.markdown(
                f":small[{row}**{job_text.plain(job_text.short(one.name))}**]  \n:small[{message} :gray[{remedy}]]"
            )
        if len(refused) > _ENOUGH:
            st.caption(say("batch.more", count=len(refused) - _ENOUGH))


def _figures(say: Words, forecast: batch_state.Forecast) -> None:
    whole, place = forecast.whole, forecast.machine.place
    shown = {
        f"batch.memory.{place.kind}": figures.memory(say, whole, place),
        "batch.time": figures.time(say, whole.forecast),
    }
    with st.container(horizontal=True, gap="small", key="batch_figures"):
        for name, value in shown.items():
            st.markdown(f":small[:gray[{say(name)}]]  \n**{value}**", width="content")
    later = "" if forecast.machine.loaded else figures.loading(say, whole.forecast)
    if later:
        st.caption(later)
    if forecast.too_big:
        st.caption(f":orange[:material/warning:] {say('batch.too_big', count=forecast.too_big)}")


def _pairs(say: Words, plan: Plan, forecast: batch_state.Forecast, found: Sequence[judging.Found]) -> None:
    with st.expander(say("batch.what"), key="batch_what"):
        shown = plan.pairs[:_ROWS]
        columns = {
            say("target.title"): [job_text.plain(pair.names[0]) for pair in shown],
            say("source.title"): [_source(pair) for pair in shown],
            say("batch.suited"): suited.cells(say, len(shown), found),
            say("batch.comes_out"): [str(forecast.of(pair).size) for pair in shown],
        }
        st.table(columns, border="horizontal", hide_index=True)
        if len(plan.pairs) > _ROWS:
            st.caption(say("batch.more", count=len(plan.pairs) - _ROWS))


def _source(pair: Pair) -> str:
    """The name of the source's photo, and how many more there are of that person."""
    more = f" +{len(pair.others)}" if pair.others else ""
    return f"{job_text.plain(pair.names[1])}{more}"


def _start(say: Words, here: batch_state.BatchDesk, given: Uploads, plan: Plan) -> None:
    waits = {
        "need.consent": not here.agreed.is_given,
        "batch.need.check": here.judged is not None and here.judged.is_running,
        "need.measuring": services.is_measuring(),
        "batch.need.queue": here.intake is not None and here.intake.view().is_running,
    }
    missing = [say(need) for need, is_missing in waits.items() if is_missing]
    needs = say("run.needs", what=say("run.needs.join").join(missing)) if missing else None
    st.button(
        counted(say, "batch.start", len(plan.pairs)),
        type="primary",
        icon=":material/auto_fix_high:",
        disabled=bool(missing) or not plan.pairs,
        help=needs,
        width="stretch",
        **once("batch_start", here.start, name_of(given), given.way),
    )
    if needs:
        st.caption(needs)
