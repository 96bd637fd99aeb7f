"""What came of the check in one line, and a button that begins it."""

from __future__ import annotations

import streamlit as st

from fusion.types import SAME_PERSON, EngineName
from fusion.weights import Task, checked, locate
from pages.parts.components import redrawn
from pages.parts.engine_check.check import check
from pages.parts.i18n import Words, words
from pages.parts.pressing import once
from pages.parts.server import rights, visitor
from pages.parts.services import weights_tasks

LOOK_SECONDS = 0.5  # between two looks at a check that runs


def is_shown(engine: str) -> bool:
    """Whether there is something to be said of it: the engine is chosen, or nobody knows yet whether it works.

    Args:
        engine: that is chosen.
    """
    found = locate.status()
    return found.is_ready and (
        engine == EngineName.UNET or check().is_asked or (visitor.is_administrator() and not checked.read(found.folder))
    )


def part(say: Words) -> None:
    """Draws it. A download that has just ended is followed by a check."""
    here = check()
    if not here.is_asked and _is_new():
        here.start()
    with st.container(border=True, gap="xsmall", key="engine_check"):
        if here.job is not None:
            _going()
        else:
            _said(say)


def _is_new() -> bool:
    """Whether the files were downloaded since the app was started, and not tried yet."""
    view = weights_tasks().view()
    is_over = view.task == Task.DOWNLOAD and not view.is_running and view.error is None
    return is_over and visitor.is_administrator() and checked.read(locate.status().folder) is None


@redrawn(LOOK_SECONDS)
def _going() -> None:
    progress = check().progress()
    if progress is None:
        st.rerun()
    st.progress(min(max(progress.fraction, 0.0), 1.0), text=words()("engine.check.running"))


def _said(say: Words) -> None:
    here, found = check(), checked.read(locate.status().folder)
    if here.error is not None:
        why = say.together(*say.error(rights.discreet(here.error)))
        st.caption(f":red[:material/error: **{say('engine.check.failed')}**] {why}")
    elif found is None:
        st.caption(f":material/help: {say('engine.check.unknown')}")
    elif found.works:
        said = say("engine.check.works", likeness=found.likeness or 0.0, seconds=found.seconds)
        st.caption(f":material/check_circle: {said}")
    elif found.likeness is None:
        st.caption(f":material/warning: {say.together(say('engine.check.faceless'), say('engine.check.remedy'))}")
    else:
        said = say("engine.check.unlike", likeness=found.likeness, least=SAME_PERSON)
        st.caption(f":material/warning: {say.together(said, say('engine.check.remedy'))}")
    if visitor.is_administrator():
        label = "engine.check" if found is None and here.error is None else "engine.check.again"
        st.button(
            say(label),
            icon=":material/science:",
            type="tertiary",
            help=say("engine.check.help"),
            **once("engine_check_start", here.start),
        )
