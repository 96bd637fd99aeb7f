"""The card of the unet engine's weights: what is missing, under which licences, the download, and where they are."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from fusion.weights import Phase, Task, TaskView, Transfer, WeightsTasks, locate, verification
from pages.parts.components import cards, fields, redrawn
from pages.parts.i18n import Words, transfer_text, words
from pages.parts.pressing import once
from pages.parts.server import rights, visitor
from pages.parts.services import weights_tasks

RUNNING_SECONDS = 0.5  # between two looks at a running task
_DRAWN = "weights_drawn"  # in the session: in this run, above
RESTING_SECONDS = 2.0  # between two looks at what another tab may have begun


@dataclass(frozen=True, slots=True)
class Seen:
    """What decides how the card looks as a whole: whether something runs, whether all is there, the last task."""

    is_running: bool
    is_ready: bool
    number: int


def look() -> Seen:
    """How it stands with the weights."""
    return _look()[0]


def begin() -> Seen:
    """The same, in a run of the page in which nothing of them is drawn yet."""
    st.session_state[_DRAWN] = False
    return look()


def missing(say: Words, seen: Seen, *, is_open: bool) -> None:
    """What fetches them, while they are not there.

    Args:
        is_open: whether it is unfolded though nothing has failed.
    """
    del say  # it moves by itself, in the language of that moment
    st.session_state[_DRAWN] = True
    (_often if seen.is_running else _seldom)(seen, is_open)


def present(say: Words) -> None:
    """That they are there, and what else can be done with them; where they are not, where they are to be had."""
    seen = look()
    if seen.is_ready and not st.session_state.get(_DRAWN):  # else they have come since the offer was drawn
        (_often if seen.is_running else _seldom)(seen, False)
    else:
        st.caption(f":material/download: {say('weights.elsewhere')}")


@redrawn(RUNNING_SECONDS)
def _often(seen: Seen, is_open: bool) -> None:
    _draw(seen, is_open)


@redrawn(RESTING_SECONDS)
def _seldom(seen: Seen, is_open: bool) -> None:
    _draw(seen, is_open)


def _look() -> tuple[Seen, TaskView, locate.Status]:
    view, found = weights_tasks().view(), locate.status()
    if view.task == Task.PARSER:  # which is another card's
        view = TaskView(number=view.number)
    return Seen(view.is_running, found.is_ready, view.number), view, found


def _draw(drawn: Seen, is_open: bool) -> None:
    seen, view, found = _look()
    if seen != drawn:  # in this tab or in another one: the rest of the page may say something else now
        st.rerun()
    say, tasks = words(), weights_tasks()
    if view.is_running:
        _running(say, view, tasks)
    elif found.is_ready:
        _ready(say, view, found, tasks)
    else:
        _missing(say, view, found, tasks, is_open)


def _ready(say: Words, view: TaskView, found: locate.Status, tasks: WeightsTasks) -> None:
    is_verified = bool(view.verdicts) and all(verdict == verification.Verdict.SAME for _, verdict in view.verdicts)
    line = f":material/check_circle: {say('weights.verified' if is_verified else 'weights.ready')}"
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", gap="small"):
        is_mine = visitor.is_administrator()
        st.caption(line, help=f"`{found.folder}`" if is_mine else None, width="content")
        if found.has_manifest and is_mine:
            st.button(
                say("weights.verify"),
                type="tertiary",
                icon=":material/verified:",
                help=say("weights.verify.help"),
                **once("weights_verify", _start, tasks, Task.VERIFY),
            )
    if view.task == Task.VERIFY and view.error:
        cards.error(say, view.error)
        if is_mine:
            _button(say, "weights.mend", tasks)


def _missing(say: Words, view: TaskView, found: locate.Status, tasks: WeightsTasks, is_open: bool) -> None:
    place = locate.place()
    failed = view.error if view.task == Task.DOWNLOAD else None
    is_begun = locate.staging(place).exists()
    label = "weights.begun" if is_begun else "weights.missing"
    with st.expander(say(label), expanded=is_open or failed is not None):
        if failed:
            cards.error(say, failed)
        if not rights.told(say):
            return
        st.caption(transfer_text.place(say, place, found.model.about_bytes))
        st.caption(say("weights.licences", address=found.model.address))
        accepted = st.checkbox(
            say("weights.accept"), fields.held("weights_accept", False), key="weights_accept", persist_state="session"
        )
        again = "weights.again" if failed else "weights.continue" if is_begun else "weights.download"
        _button(say, again, tasks, disabled=not accepted)


def _running(say: Words, view: TaskView, tasks: WeightsTasks) -> None:
    here = view.transfer or Transfer(Phase.LISTING)
    with st.container(border=True, key="weights_running"):
        st.markdown(f"**{say(f'weights.task.{view.task}')}**")
        st.progress(here.fraction, text=transfer_text.how_far(say, here))
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.caption(transfer_text.file(say, here), width="content")
            if visitor.is_administrator():
                st.button(
                    say("weights.cancel"),
                    icon=":material/stop_circle:",
                    help=say("weights.cancel.help"),
                    **once("weights_cancel", _cancel, tasks),
                )


def _button(say: Words, label: str, tasks: WeightsTasks, *, disabled: bool = False) -> None:
    is_busy = tasks.view().is_running
    st.button(
        say(label),
        icon=":material/download:",
        disabled=disabled or is_busy,
        help=say("parser.busy") if is_busy else None,
        **once("weights_download", _start, tasks, Task.DOWNLOAD),
    )


def _start(tasks: WeightsTasks, task: Task) -> None:
    """A callback."""
    rights.need()
    tasks.start(task)


def _cancel(tasks: WeightsTasks) -> None:
    """A callback."""
    rights.need()
    tasks.cancel()
