"""From consent to the end of a job: the Fuse button, the progress bar, the worker's state."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

import streamlit as st

from fusion.errors import FusionError, frameless
from fusion.settings import Settings
from fusion.storage import Query
from fusion.suitability import Suitability
from fusion.types import Foretold, State
from pages.parts.components import cards, purpose, redrawn
from pages.parts.fuse import engine_offer, pair_verdict, reopen, settings_form
from pages.parts.i18n import Words, job_text, words
from pages.parts.pressing import once
from pages.parts.server import visitor
from pages.parts.services import jobs
from pages.parts.session import Agreement, Desk, bound, desk, fuse_state

PROGRESS_SECONDS = 0.15  # between two looks at a running job
# A small fusion ends sooner than a progress bar would come and go, and drawing its place once instead of twice is less
# time until the picture: the page waits for one that is to be quick. For others hardly, so that Cancel is never far.
QUICK_SECONDS = 0.9  # what is to take no longer than that is quick
WAIT_QUICK_SECONDS, WAIT_OTHERS_SECONDS = 1.6, 0.2  # after the press
_LOOKED_AT = 20  # jobs that run or wait
WORKER_SECONDS = 2.0  # between two looks at the worker


def consent(say: Words, here: Desk) -> None:
    """Asked for once per session, before the first fusion; on a served instance for each job.

    Its place stays, so that the button does not move once it is pressed.
    """
    tick(say, here.agreed, "consent")


def privacy(say: Words, here: Desk) -> None:
    """What this is not for, where photos and results stay, and how long."""
    purpose(say)
    desk_too = say("run.privacy.desk" if visitor.keeps_desk() else "run.privacy.no_desk")
    kept = job_text.days(say, here.queue.history_days)
    st.caption(f":material/lock: {say.together(say('run.privacy', days=kept), desk_too)}")


def tick(say: Words, agreed: Agreement, name: str) -> None:
    """The box by which somebody confirms that the people in the photos agreed.

    Args:
        name: what its key begins with.
    """
    if jobs().is_clustered:
        st.caption(f":material/lan: {say('run.cluster')}")
    often = "each" if agreed.is_per_job else "once"
    st.checkbox(
        say("run.consent"),
        help=say.together(say("run.consent.help"), say(f"run.consent.{often}")),
        wrap=True,
        **bound(agreed.key(name), agreed.is_given, agreed.take).ticked(),
    )


def fuse_button(
    say: Words, here: Desk, settings: Settings, foretold: Foretold, found: Suitability | None
) -> str | None:
    """The one button that makes a result.

    Args:
        foretold: what the forecast says of it.
        found: how well the two faces go together.

    Returns:
        What is still missing, in words.
    """
    needed = missing(here, settings, found)
    needs = say("run.needs", what=say("run.needs.join").join(say(key) for key in needed)) if needed else None
    label = "run.apply" if here.change(settings) == fuse_state.Change.FINISHING else "run.again"
    st.button(
        say(label if here.result else "run.fuse"),
        type="primary",
        icon=":material/auto_fix_high:",
        disabled=bool(needed),
        help=needs,
        width="stretch",
        **once("fuse", start, foretold),
    )
    return needs


def missing(here: Desk, settings: Settings, found: Suitability | None) -> tuple[str, ...]:
    """Keys of what is still needed before what is set can be fused; `found` as of `fuse_button`."""
    waits = {"need.pair": pair_verdict.stops(found, settings), "need.weights": engine_offer.lacks(settings)}
    return (*here.missing(), *(need for need, is_so in waits.items() if is_so))


def start(foretold: Foretold) -> None:
    """Submits what is on the desk, with the settings of the widgets."""
    here = desk()
    _begin(here, lambda: _submit(here, foretold))


def _submit(here: Desk, foretold: Foretold) -> bool:
    """Whether it is to be quick."""
    settings = settings_form.chosen()
    told = [each for each in (foretold.seconds, here.again_s(settings)) if each is not None]
    here.start(here.asked(settings), foretold)
    return min(told, default=math.inf) <= QUICK_SECONDS


def _begin(here: Desk, how: Callable[[], bool | None]) -> None:
    try:
        is_quick = how()
        here.quick_until = time.monotonic() + (WAIT_QUICK_SECONDS if is_quick else WAIT_OTHERS_SECONDS)
    except FusionError as error:
        here.error = frameless(error)


def awaited(here: Desk) -> None:
    """Wait a moment for a job that ends soon. What stands beside its place was drawn while it ran.

    Where its end takes the photos away that were drawn, the page is drawn anew.
    """
    drawn = here.photos
    here.await_quick_end()
    if here.photos != drawn:
        st.rerun()


@redrawn(PROGRESS_SECONDS)
def progress() -> None:
    """The running job: its stage, its share done, the time left, and Cancel. The page follows what more there is."""
    here, say = desk(), words()
    if here.settle() or here.takes_draft():
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
            **once("cancel", here.cancel),
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
            **once("retry", _begin, here, here.retry),
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
            st.button(say("run.show"), **once("show_running", reopen.follow, here, alone[0]))


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
        **once("restart", here.queue.start),
    )
