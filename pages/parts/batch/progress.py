"""A batch that is queued: how far the whole is, what can be done with it, and each of its jobs."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import streamlit as st

from fusion.batches import export
from fusion.errors import FusionError, frameless
from fusion.jobs import Batch, Jobs, Query
from fusion.types import AGAIN, State
from pages.parts.batch import download, rows
from pages.parts.batch.plan import left_out
from pages.parts.components import cards, label_switch, redrawn
from pages.parts.i18n import Words, job_text, words
from pages.parts.pressing import once
from pages.parts.results import is_awaited
from pages.parts.session import batch_state, labelling

LOOK_SECONDS = 1.0
ACTION_PX = 92  # of a button, at least: five beside each other on a window of 1366 px
_MINUTE_S = 60.0
_LEAST_LEFT_S = 2.0  # less is not worth saying
_LATEST = 20  # jobs from which it is said how long one takes
_ZIP = "batch_zip"
GOING = (State.QUEUED, State.RUNNING)


def card(batch: Batch) -> None:
    """Draws it, live while something of it goes on."""
    if _is_moving(batch_state.batch_desk(), batch):
        _live(batch.id)
    else:
        _draw(words(), batch_state.batch_desk(), batch)


def question(say: Words, here: batch_state.BatchDesk, batch: Batch) -> None:
    """Whether the label is drawn, asked over the page before the first ZIP."""
    label_switch.question(say, labelling.standing(say), partial(_example, say, here.queue, batch.id))


def _example(say: Words, queue: Jobs, id: str) -> str | None:
    """What the label looks like on the latest picture of a batch."""
    latest = queue.history(Query(batch=id, states=frozenset({State.DONE}), limit=1))
    made = latest[0].outcome if latest else None
    return None if made is None else labelling.example(say, made.output, made.facts)


def is_going(here: batch_state.BatchDesk, batch: Batch) -> bool:
    """Whether it will look different soon."""
    is_filling = here.intake is not None and here.intake.batch == batch.id and here.intake.view().is_running
    is_waiting = batch.counts.get(State.QUEUED, 0) > 0 and not batch.is_paused
    return is_filling or is_waiting or batch.counts.get(State.RUNNING, 0) > 0


def _is_moving(here: batch_state.BatchDesk, batch: Batch) -> bool:
    """The same, with the checks of its results."""
    latest = Query(batch=batch.id, states=frozenset({State.DONE}), limit=_LATEST)
    return is_going(here, batch) or any(map(is_awaited, here.queue.history(latest)))


def summary(say: Words, batch: Batch) -> str:
    """How many there are of each state, in words."""
    done = say("batch.done", done=batch.counts.get(State.DONE, 0), total=batch.total)
    others = (State.RUNNING, State.QUEUED, State.FAILED, State.INTERRUPTED, State.CANCELLED)
    parts = [
        say("batch.count", count=batch.counts[state], state=say(f"state.{state}").lower())
        for state in others
        if batch.counts.get(state)
    ]
    return " · ".join([done, *parts])


@redrawn(LOOK_SECONDS)
def _live(id: str) -> None:
    here = batch_state.batch_desk()
    try:
        batch = here.queue.batch(id)
    except FusionError:
        st.rerun()  # it was deleted meanwhile
    if not _is_moving(here, batch):
        st.rerun()
    _draw(words(), here, batch)


def _draw(say: Words, here: batch_state.BatchDesk, batch: Batch) -> None:
    with st.container(border=True, gap="small", key="batch"):
        st.subheader(job_text.batch(say, batch), anchor=False)
        _filling(say, here, batch)
        done = batch.counts.get(State.DONE, 0)  # what failed or was cancelled is not what somebody waited for
        running = here.queue.history(Query(batch=batch.id, states=frozenset({State.RUNNING})))
        part = sum(view.progress.fraction for view in running)
        left = _left_s(here.queue, batch, part)
        text = summary(say, batch) + (f" · {_left(say, left)}" if left >= _LEAST_LEFT_S else "")
        if batch.is_paused and batch.counts.get(State.QUEUED):
            text = f":material/pause_circle: {say('batch.paused')} · {text}"
        st.progress(min(1.0, (done + part) / max(1, batch.total)), text=text)
        _actions(say, here, batch)
        if batch.counts.get(State.DONE):
            label_switch.switch(say, labelling.standing(say))
        if here.error:
            cards.error(say, here.error)
        rows.rows(say, here.queue, batch)


def _filling(say: Words, here: batch_state.BatchDesk, batch: Batch) -> None:
    if here.intake is None or here.intake.batch != batch.id:
        return
    view = here.intake.view()
    if view.is_running:
        st.progress(view.done / max(1, view.total), text=say("batch.filling", done=view.done, total=view.total))
    if view.error is not None:
        cards.error(say, view.error)
    left_out(say, view.refused, "not_queued")


def _left_s(queue: Jobs, batch: Batch, part: float) -> float:
    """Seconds that are left, by what the latest jobs took; 0 where nobody knows."""
    if batch.is_paused:
        return 0.0
    latest = queue.history(Query(batch=batch.id, states=frozenset({State.DONE}), limit=_LATEST))
    took = [view.ended - view.started for view in latest if view.ended and view.started]
    if not took:
        return 0.0
    waiting = sum(batch.counts.get(state, 0) for state in GOING) - part
    return waiting * sum(took) / len(took) / len(queue.workers())


def _left(say: Words, seconds: float) -> str:
    if seconds < 1.5 * _MINUTE_S:
        return say("batch.seconds_left", seconds=seconds)
    return say("batch.minutes_left", minutes=seconds / _MINUTE_S)


def _actions(say: Words, here: batch_state.BatchDesk, batch: Batch) -> None:
    """Every button has its place, whether it can be pressed now or not: none comes to lie where another was."""
    queue, is_open = here.queue, any(batch.counts.get(state) for state in GOING)
    again = queue.history(Query(batch=batch.id, states=AGAIN, limit=-1))
    count = sum(view.can_be_retried for view in again)
    with st.grid(5, min_column_width=ACTION_PX, gap="xsmall", key="batch_actions"):
        if batch.is_paused:
            _button(say, here, "resume", "play_arrow", partial(queue.resume, batch.id), is_there=is_open)
        else:
            _button(say, here, "pause", "pause", partial(queue.pause, batch.id), is_there=is_open)
        _button(say, here, "cancel", "stop_circle", partial(_cancel, here, batch.id), is_there=is_open)
        _button(say, here, "retry", "refresh", partial(queue.retry_batch, batch.id), is_there=count > 0, count=count)
        _download(say, batch)
        _button(say, here, "delete", "delete", partial(_delete, queue, batch.id), is_there=not is_open)


def _button(
    say: Words,
    here: batch_state.BatchDesk,
    what: str,
    icon: str,
    act: Callable[[], object],
    *,
    is_there: bool,
    **details: int,
) -> None:
    st.button(
        say(f"batch.{what}" if is_there or not details else f"batch.{what}.none", **details),
        icon=f":material/{icon}:",
        help=say(f"batch.{what}.help"),
        disabled=not is_there,
        width="stretch",
        **once(f"batch_{what}", _try, here, act),
    )


def _try(here: batch_state.BatchDesk, act: Callable[[], object]) -> None:
    """Do what a button says; a callback."""
    here.error = None
    try:
        act()
    except FusionError as error:
        here.error = frameless(error)


def _cancel(here: batch_state.BatchDesk, batch: str) -> None:
    if here.intake is not None and here.intake.batch == batch:
        here.intake.stop()
        here.intake.wait(LOOK_SECONDS)
    here.queue.cancel_batch(batch)


def _delete(queue: Jobs, batch: str) -> None:
    queue.discard([view.id for view in export.jobs_of(queue, batch)])


def _download(say: Words, batch: Batch) -> None:
    """The ZIP; while nobody has said whether the label is drawn, a button that asks that first."""
    count = batch.counts.get(State.DONE, 0)
    text, help = say("batch.download", count=count), say("batch.download.help")
    standing = labelling.standing(say)
    if standing.is_open:
        label_switch.asking(text, key=_ZIP, help=help, disabled=not count)
        return
    st.link_button(
        text,
        download.address(batch.id, standing.drawn),
        icon=":material/download:",
        help=help,
        disabled=not count,
        width="stretch",
        key=_ZIP,
    )
