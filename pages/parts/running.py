"""From consent to the end of a job: the Fuse button, the progress bar, the worker's state."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from fusion.errors import FusionError
from fusion.spec import Settings, Stage, State
from pages.parts import cards, choices
from pages.parts.desk import Change, Desk, desk
from pages.parts.language import words
from pages.parts.words import Words

PROGRESS_SECONDS = 0.15  # between two looks at a running job
# A small fusion ends sooner than a progress bar would come and go: so long the button waits for it, and no longer, so
# that Cancel is never far.
QUICK_SECONDS = 0.4
WORKER_SECONDS = 2.0  # between two looks at the worker


def consent(say: Words, here: Desk) -> None:
    """Asked for once per session, before the first fusion."""
    if here.result is None:
        here.consent = st.checkbox(say("run.consent"), value=here.consent, help=say("run.consent.help"), key="consent")
    st.caption(f":material/lock: {say('run.privacy')}")


def fuse_button(say: Words, here: Desk, settings: Settings) -> None:
    """The one button that makes a result, and below it what is still missing."""
    missing = here.missing()
    needs = say("run.needs", what=say("run.needs.join").join(say(key) for key in missing)) if missing else None
    label = "run.apply" if here.change(settings) == Change.FINISHING else "run.again"
    st.button(
        say(label if here.result else "run.fuse"),
        type="primary",
        icon=":material/auto_fix_high:",
        disabled=bool(missing),
        help=needs,
        width="stretch",
        key="fuse",
        on_click=start,
    )
    if needs and not here.job:
        st.caption(needs)


def start() -> None:
    """Submits what is on the desk, with the settings of the widgets; a callback."""
    here = desk()
    try:
        here.start(replace(choices.chosen(), faces=here.faces))
        here.await_quick_end(QUICK_SECONDS)
    except FusionError as error:
        here.error = error


@st.fragment(run_every=PROGRESS_SECONDS)
def progress() -> None:
    """The running job: its stage, its share done, the seconds left, and Cancel. Reruns the page once it has ended."""
    here, say = desk(), words()
    if here.settle():
        st.rerun()
    assert here.job is not None
    now = here.queue.view(here.job).progress
    percent = 100 * now.fraction
    stage = _stage(say, here, now.stage, now.state)
    text = say("run.progress", stage=stage, percent=percent)
    if now.seconds_left is not None and now.seconds_left >= 1:
        text = say("run.progress_left", stage=stage, percent=percent, seconds=now.seconds_left)
    with st.container(horizontal=True, vertical_alignment="center", key="progress"):
        st.progress(min(max(now.fraction, 0.0), 1.0), text=text)
        st.button(
            say("run.cancelling" if here.cancelling else "run.cancel"),
            icon=":material/stop_circle:",
            disabled=here.cancelling,
            key="cancel",
            on_click=here.cancel,
        )


def _stage(say: Words, here: Desk, stage: Stage | None, state: State) -> str:
    if stage is not None and state == State.RUNNING:
        return say(f"stage.{stage}")
    return say("stage.warming" if here.queue.worker().state == "starting" else "stage.queued")


@st.fragment(run_every=WORKER_SECONDS)
def worker_line() -> None:
    """The worker's state; where it has died, why and a button that starts it again."""
    here, say = desk(), words()
    view = here.queue.worker()
    cards.worker(say, view)
    if view.state != "dead":
        return
    if view.error:
        cards.error(say, view.error)
    st.button(
        say("worker.restart"),
        icon=":material/restart_alt:",
        help=say("worker.restart.help"),
        key="restart",
        on_click=here.queue.start,
    )
