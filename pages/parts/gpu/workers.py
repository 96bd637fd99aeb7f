"""The processes that compute: how each is, what may be done about it, and what came of that."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from advisor.device import orphans
from fusion.errors import FusionError, Reason
from fusion.jobs import Jobs, WorkerView
from pages.parts.components import cards, gib, in_gib
from pages.parts.gpu.card_names import name_of_uuid
from pages.parts.gpu.worker_actions import Act, Acts, Kind, place_of
from pages.parts.i18n import Words
from pages.parts.pressing import once
from pages.parts.server import rights, visitor
from pages.parts.services import Live

_LATE_S = 5.0  # a heartbeat comes each second


def panel(say: Words, queue: Jobs, live: Live, acts: Acts) -> None:
    """Every worker of this app; of several each by the name of its card, for who opens it."""
    with st.container(border=True, gap="small", key="workers"):
        st.subheader(say("workers.title" if len(live.workers) < 2 else "workers.title.several"), anchor=False)
        rights.told(say)
        for number, view in enumerate(live.workers):
            if len(live.workers) < 2:
                _worker(say, queue, live, acts, view, number)
                continue
            name = (
                view.node
                or name_of_uuid(say, view.card, live.snapshot.gpus)
                or say("workers.numbered", number=number + 1)
            )
            is_faulty = view.state == "dead"
            key = f"open_worker_{number}_{is_faulty}"  # one that fails is opened, whatever was done to it before
            opened = st.expander(name, expanded=is_faulty, key=key, on_change="rerun")
            if opened.open:
                with opened:
                    _worker(say, queue, live, acts, view, number)
        if live.error is not None:
            st.caption(f":material/warning: {' '.join(say.error(rights.discreet(live.error)))}")


def leftover(say: Words, queue: Jobs, live: Live, acts: Acts) -> None:
    """Workers of an app that is no more, each with a button that ends it, and what came of that."""
    if not visitor.is_administrator():
        return
    for stray in live.strays:
        with st.container(border=True, gap="xsmall", key=f"stray_{stray.pid}"):
            about = say("leftover.about", pid=stray.pid, gib=gib(stray.resident_bytes))
            st.markdown(f":orange[:material/warning:] {about}")
            ending(say, queue, acts, stray)
    told_of_ended(say, acts, live.strays)


def ending(say: Words, queue: Jobs, acts: Acts, stray: orphans.Leftover) -> None:
    """The button that ends a leftover worker, which asks back first."""
    key = f"end_{stray.pid}"
    if not rights.told(say):
        return
    if acts.ended.get((stray.pid, stray.born), orphans.Ended.ENDED) is None:
        st.caption(say("leftover.ending"))
    elif key in acts.asked:
        _confirm(say, acts, key, say("leftover.confirm"), say("leftover.do"), acts.end, (queue, stray))
    else:
        st.button(say("leftover.end"), icon=":material/cancel:", **once(key, acts.ask, key), wrap=True)


def told_of_ended(say: Words, acts: Acts, strays: tuple[orphans.Leftover, ...]) -> None:
    """What became of those that were to be ended."""
    if acts.error is not None:
        cards.error(say, acts.error)
    there = {(stray.pid, stray.born) for stray in strays}
    for (pid, born), ended in tuple(acts.ended.items()):
        is_over = ended in (orphans.Ended.ENDED, orphans.Ended.GONE)
        if ended is not None and ((pid, born) not in there or not is_over):
            st.caption(f":material/{'check' if is_over else 'warning'}: {say(f'ended.{ended}', pid=pid)}")


def _worker(say: Words, queue: Jobs, live: Live, acts: Acts, view: WorkerView, number: int) -> None:
    with st.container(gap="small", key=f"worker_{number}"):
        cards.worker(say, view)
        if view.error is not None:
            cards.error(say, view.error)
        if view.weights is not None:
            st.caption(f":material/lan: {say('workers.weights', percent=100 * view.weights)}")
        _pairs(say, _facts(say, queue, view), number)
        if view.beat_age_s is not None and view.beat_age_s > _LATE_S:
            st.caption(f":orange[:material/warning:] {say('workers.late')}")
        if visitor.is_administrator():
            _buttons(say, queue, live, acts, view, number)
        found = acts.outcome(live, view)
        if found is not None:
            st.caption(_outcome(say, *found))


def _facts(say: Words, queue: Jobs, view: WorkerView) -> Mapping[str, str]:
    """What is known of it; a dash for what is not."""
    none = "–"
    precision = say.value("precision", view.precision) if view.precision else None
    reserved = {}  # without a card there is nothing to reserve
    if view.reserved_bytes is not None:
        said = say("workers.reserved_of", gib=gib(view.reserved_bytes), used=gib(view.allocated_bytes or 0))
        reserved = {"workers.reserved": said}
    beat = view.beat_age_s
    pid = none if view.pid is None or view.pid < 0 else str(view.pid)
    shown = {
        "workers.model": say("workers.no_model") if precision is None else say("workers.loaded", precision=precision),
        "workers.resident": none if view.resident_bytes is None else in_gib(view.resident_bytes),
        **reserved,
        "workers.job": job(say, queue, view.job) if view.job else say("workers.no_job"),
        "workers.beat": none if beat is None else say("workers.beat_ago", seconds=beat),
    }
    return shown | {"workers.pid": pid} if visitor.is_administrator() else shown


def job(say: Words, queue: Jobs, id: str) -> str:
    """Its number and how far it is; whose photos they are is nobody else's business."""
    try:
        view = queue.view(id)
    except FusionError as error:
        if error.reason != Reason.JOB_UNKNOWN:
            return say.together(*say.error(error))
        return say("workers.no_job")  # it was deleted this moment
    return say("workers.job_at", number=view.number, percent=100 * view.progress.fraction)


def _pairs(say: Words, shown: Mapping[str, str], number: int) -> None:
    with st.container(horizontal=True, gap="small", key=f"worker_facts_{number}"):
        for name, value in shown.items():
            st.markdown(f":small[:gray[{say(name)}]]  \n**{value}**", width="content")


def _buttons(say: Words, queue: Jobs, live: Live, acts: Acts, view: WorkerView, number: int) -> None:
    key = f"restart_{place_of(view)}"
    if key in acts.asked:
        restart = (Kind.RESTART, queue, live, view)
        _confirm(say, acts, key, say("workers.restart.confirm"), say("workers.restart.do"), acts.do, restart)
        return
    with st.container(horizontal=True, gap="xsmall", key=f"worker_buttons_{number}"):
        st.button(
            say("workers.release"),
            icon=":material/eject:",
            help=say("workers.release.help"),
            disabled=view.state != "ready",
            **once(f"release_{number}", acts.do, Kind.RELEASE, queue, live, view),
            wrap=True,
        )
        st.button(
            say("workers.restart"),
            icon=":material/restart_alt:",
            help=say("workers.restart.help"),
            **(
                once(f"restart_{number}", acts.ask, key)
                if view.job
                else once(f"restart_{number}", acts.do, Kind.RESTART, queue, live, view)
            ),
            wrap=True,
        )


def _confirm(say: Words, acts: Acts, key: str, question: str, label: str, do: object, args: tuple[object, ...]) -> None:
    """Ask back: what would happen, a button that does it, and one that leaves it."""
    assert callable(do)
    st.markdown(question)
    with st.container(horizontal=True, gap="xsmall", key=f"confirm_{key}"):
        st.button(label, type="primary", **once(f"yes_{key}", do, *args), wrap=True)
        st.button(say("workers.leave"), **once(f"no_{key}", acts.drop, key), wrap=True)


def _outcome(say: Words, act: Act, now: int | None) -> str:
    """The memory before and after."""
    where = say("workers.on_card" if act.on_card else "workers.on_host")
    if now is None:
        return f":material/hourglass_top: {say(f'act.{act.kind}.waiting', before=gib(act.before_bytes), where=where)}"
    said = say(f"act.{act.kind}", before=gib(act.before_bytes), now=gib(now), where=where)
    return f":material/check: {said}"
