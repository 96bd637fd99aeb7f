"""From consent to the end of a job: the Fuse button, the progress bar, the worker's state."""

from __future__ import annotations

import time
from collections.abc import Callable

import streamlit as st

from fusion.errors import FusionError, frameless
from fusion.settings import Settings
from fusion.storage import Query
from fusion.suitability import Suitability
from fusion.types import State
from pages.parts.components import cards, redrawn
from pages.parts.fuse import pair_verdict, reopen, settings_form
from pages.parts.i18n import Words, job_text, words
from pages.parts.session import Desk, bound, desk, fuse_state

PROGRESS_SECONDS = 0.15  # between two looks at a running job
# A small fusion ends sooner than a progress bar would come and go: so long the button waits for it, and no longer, so
# that Cancel is never far.
QUICK_SECONDS = 0.4
_LOOKED_AT = 20  # jobs that run or wait
WORKER_SECONDS = 2.0  # between two looks at the worker


def consent(say: Words, here: Desk) -> None:
    """Asked for once per session, before the first fusion."""
    if here.result is None or not here.consent:
        st.checkbox(
            say("run.consent"), help=say("run.consent.help"), **bound("consent", here.consent, here.take_consent)
        )
    kept = job_text.days(say, here.queue.history_days)
    st.caption(f":material/lock: {say('run.privacy', days=kept)}")


def fuse_button(
    say: Words, here: Desk, settings: Settings, expected_s: float | None, found: Suitability | None
) -> None:
    """The one button that makes a result, and below it what is still missing.

    Args:
        expected_s: how long the forecast says that it takes.
        found: how well the two faces go together.
    """
    pair_verdict.beside_button(say, found)
    missing = (*here.missing(), *(("need.pair",) if pair_verdict.stops(found, settings) else ()))
    needs = say("run.needs", what=say("run.needs.join").join(say(key) for key in missing)) if missing else None
    label = "run.apply" if here.change(settings) == fuse_state.Change.FINISHING else "run.again"
    st.button(
        say(label if here.result else "run.fuse"),
        type="primary",
        icon=":material/auto_fix_high:",
        disabled=bool(missing),
        help=needs,
        width="stretch",
        key="fuse",
        on_click=start,
        args=(expected_s,),
    )
    if needs and not here.job:
        st.caption(needs)


def start(expected_s: float | None) -> None:
    """Submits what is on the desk, with the settings of the widgets; a callback."""
    here = desk()
    _begin(here, lambda: here.start(here.asked(settings_form.chosen()), expected_s))


def _begin(here: Desk, how: Callable[[], None]) -> None:
    try:
        how()
        here.await_quick_end(QUICK_SECONDS)
    except FusionError as error:
        here.error = frameless(error)


@redrawn(PROGRESS_SECONDS)
def progress() -> None:
    """The running job: its stage, its share done, the seconds left, and Cancel. Reruns the page once it has ended."""
    here, say = desk(), words()
    if here.settle():
        st.rerun()
    assert here.job is not None
    view = here.queue.view(here.job)
    ahead = here.queue.ahead_of(here.job) if view.progress.state == State.QUEUED else 0
    text = job_text.how_far(say, view, here.queue.worker().state == "starting", ahead)
    with st.container(horizontal=True, vertical_alignment="center", key="progress"):
        st.progress(min(max(view.progress.fraction, 0.0), 1.0), text=text)
        st.button(
            say("run.cancelling" if here.cancelling else "run.cancel"),
            icon=":material/stop_circle:",
            disabled=here.cancelling,
            key="cancel",
            on_click=here.cancel,
        )
    cards.steps(say, view.steps)


def ended_badly(say: Words, here: Desk) -> None:
    """Why the last fusion came to no end, and a button that tries it once more as it was."""
    if here.error is None:
        return
    cards.error(say, here.error)
    if here.failed is not None:
        st.button(
            say("run.retry"),
            icon=":material/refresh:",
            help=say("run.retry.help"),
            key="retry",
            on_click=_begin,
            args=(here, here.retry),
        )


def still_running(say: Words, here: Desk) -> None:
    """Offers a fusion of this person's that runs and is on no desk, as after the page was loaded again."""
    if here.job is not None or here.result is not None or any(slot.view for slot in here.slots.values()):
        return
    found = here.queue.history(
        Query(owner=here.owner, states=frozenset({State.QUEUED, State.RUNNING}), limit=_LOOKED_AT)
    )
    alone = [view for view in found if view.batch is None]
    if alone:
        with st.container(horizontal=True, vertical_alignment="center", gap="small", key="still_running"):
            st.caption(f":material/bolt: {say('run.still')}", width="content")
            st.button(say("run.show"), key="show_running", on_click=reopen.follow, args=(here, alone[0]))


@redrawn(WORKER_SECONDS)
def worker_line() -> None:
    """The worker's state; where it has died, why and a button that starts it again."""
    here, say = desk(), words()
    view = here.queue.worker()
    cards.worker(say, view)
    if view.state != "dead":
        return
    if view.error:
        cards.error(say, view.error)
    if view.retry_at is not None:
        st.caption(say("worker.retry", at=time.strftime("%H:%M:%S", time.localtime(view.retry_at))))
    st.button(
        say("worker.restart"),
        icon=":material/restart_alt:",
        help=say("worker.restart.help"),
        key="restart",
        on_click=here.queue.start,
    )
