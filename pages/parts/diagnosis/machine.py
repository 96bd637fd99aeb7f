"""How the machine fares: what slows it down or makes jobs fail, each with what can be done; live."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from advisor.diagnosis import Action, Cause, Finding
from fusion.jobs import WorkerView
from pages.parts.components import bars, gib, redrawn
from pages.parts.diagnosis.findings import HISTORY, heading, names
from pages.parts.gpu import Kind, acts, workers
from pages.parts.i18n import Words, words
from pages.parts.pressing import once
from pages.parts.server import rights, visitor
from pages.parts.services import Live, Round, jobs, rounds, scene

GPU = "pages/machine/gpu.py"
LOOK_SECONDS = 2.0
_KINDS = {Action.RESTART_WORKER: Kind.RESTART, Action.RELEASE_MEMORY: Kind.RELEASE}


@redrawn(LOOK_SECONDS)
def card() -> None:
    """All of it."""
    say, live = words(), scene().look()
    with st.container(border=True, gap="small", key="doctor"):
        st.subheader(say("doctor.title"), anchor=False)
        if live is None:
            st.caption(f":material/hourglass_top: {say('doctor.first')}")
            return
        found = rounds().look(live)
        if not found.findings:
            st.success(f"**{say('doctor.well')}**", icon=":material/check_circle:")
        for number, finding in enumerate(discreet(found).findings):
            with st.container(border=True, gap="xsmall", key=f"doctor_{number}"):
                heading(say, finding)
                _action(say, live, finding, number)
        workers.told_of_ended(say, acts(), live.strays)
        st.caption(say("doctor.looked", count=len(found.well)))
        with st.expander(say("doctor.numbers"), key="doctor_numbers"):
            st.html(bars.table(_numbers(say, found)))
            st.caption(say("doctor.not_found", what=names(say, found.well)))
        st.page_link(GPU, label=say("doctor.live"), icon=":material/memory:")
    workers.panel(say, jobs(), live, acts())


def folded(say: Words) -> None:
    """The same for who opens it."""
    opened = st.expander(say("doctor.title"), key="doctor_folded", on_change="rerun")
    if opened.open:
        with opened:
            card()


def discreet(found: Round) -> Round:
    """Without what others than the administrator have no business with: somebody's processes."""
    if visitor.is_administrator():
        return found
    return replace(found, findings=tuple(each for each in found.findings if "pid" not in each.evidence))


def _action(say: Words, live: Live, finding: Finding, number: int) -> None:
    action = finding.remedy.action
    kind = _KINDS.get(action) if action is not None else None
    strays = [stray for stray in live.strays if stray.pid == finding.evidence.get("pid")]
    if kind is not None:
        _for_worker(say, live, kind, number)
    elif action == Action.END_LEFTOVER:
        for stray in strays:
            workers.ending(say, jobs(), acts(), stray)
    elif action == Action.FREE_DISK:
        st.page_link(HISTORY, label=say("action.free_disk"), icon=":material/delete:")
    elif finding.cause == Cause.DATABASE:
        st.button(say("doctor.again"), icon=":material/refresh:", **once("doctor_again", rounds().forget))
    elif action == Action.RETRY:
        st.page_link(HISTORY, label=say("doctor.history"), icon=":material/history:")
    else:
        st.caption(say("diagnosis.wait" if action == Action.WAIT else "diagnosis.yours"))


def _for_worker(say: Words, live: Live, kind: Kind, number: int) -> None:
    """Does it to the worker that is worst off; one that is at a job is left to its own buttons, which ask back."""
    order = ("dead", "ready", "starting", "busy")
    view: WorkerView = min(live.workers, key=lambda each: order.index(each.state))
    if not rights.told(say):
        return
    is_possible = view.state in (("dead", "ready", "starting") if kind == Kind.RESTART else ("ready",))
    st.button(
        say(f"workers.{kind}"),
        icon=":material/restart_alt:" if kind == Kind.RESTART else ":material/eject:",
        help=say(f"workers.{kind}.help"),
        disabled=not is_possible,
        **once(f"doctor_do_{number}", _do, kind, live, view),
        wrap=True,
    )


def _do(kind: Kind, live: Live, view: WorkerView) -> None:
    """A callback."""
    acts().do(kind, jobs(), live, view)
    rounds().forget()


def _numbers(say: Words, found: Round) -> list[dict[str, str]]:
    """What was looked at, in numbers."""
    seen = found.environment
    host, limits, line = seen.snapshot.host, seen.limits, seen.past.line
    rows = {
        "doctor.memory": say("doctor.of", free=gib(host.available_bytes), total=gib(limits.memory_bytes)),
        "doctor.cores": f"{limits.cores:g} / {limits.machine_cores}",
        "doctor.queue": say("doctor.line", waiting=line.waiting + line.batched, running=line.running),
        "doctor.apps": str(max(0, len(seen.apps) - 1)),
        "doctor.leftovers": str(len(seen.leftovers)),
        "doctor.torch": seen.torch_cuda or say("doctor.no_cuda"),
        "doctor.mishaps": str(len(seen.past.mishaps)),
    }
    for disk in seen.disks[:1]:
        rows["doctor.disk"] = say("doctor.of", free=gib(disk.free_bytes), total=gib(disk.total_bytes))
    for gpu in seen.snapshot.gpus[:1]:
        rows["doctor.driver"] = f"{gpu.driver or '?'} · CUDA {gpu.cuda_version or '?'}"
    return [{say("diagnosis.measure"): say(key), say("diagnosis.value"): value} for key, value in rows.items()]
