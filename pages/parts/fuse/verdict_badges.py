"""Three statements about a result, since they are three things: it ran, the face has changed, the quality is good."""

from __future__ import annotations

import time
from contextlib import AbstractContextManager
from typing import Literal

import streamlit as st

from advisor.diagnosis import Verdict, kept
from fusion.errors import FusionError
from fusion.jobs import JobView
from pages.parts.components import redrawn
from pages.parts.i18n import Words, words
from pages.parts.server import rights
from pages.parts.services import checker, jobs

LOOK_SECONDS = 1.0  # between two looks for a verdict
PATIENCE_SECONDS = 60.0  # after its job's end a verdict that is not there yet is no longer waited for
TROUBLED_SECONDS = 8.0  # from when on it is asked what keeps it
DIAGNOSTICS = "pages/machine/diagnostics.py"
NARROWEST_PX, ROW_PX = 150, 32  # of a statement; of one height whatever it says, so that nothing below moves
_Colour = Literal["green", "red", "gray", "orange"]


def of_preview(say: Words) -> None:
    """In the place of the statements, while what is seen is no result yet."""
    with _row(1):
        _say(say("result.preview.check"), "preview", "gray", say("result.preview"))


def _row(count: int = 3) -> AbstractContextManager[object]:
    return st.grid(
        count, min_column_width=NARROWEST_PX, row_height=ROW_PX, vertical_alignment="center", gap=None, key="statements"
    )


def statements(say: Words, view: JobView) -> None:
    """Draws them for a job that is done; while the check is awaited, in a part that moves by itself."""
    if _is_awaited(view):
        _awaited(view.id, view.ended)
    else:
        _draw(say, view, kept(view.verdict))


def fault(say: Words, view: JobView) -> str:
    """What a result's check says in a few words where something is serious; empty where nothing is."""
    verdict = kept(view.verdict)
    return _serious(say, verdict) if verdict is not None and verdict.serious else ""


@redrawn(LOOK_SECONDS)
def _awaited(id: str, ended: float | None) -> None:
    """Looks again until the verdict is there, and shows it in its place.

    The page is not drawn anew for it, which would cut off a download that has just begun. Once there is nothing to be
    awaited any more, what was found is shown without asking again, until the page is next drawn.
    """
    view: JobView | None = st.session_state.get("judged")
    if view is None or (view.id, view.ended) != (id, ended):  # it may have been run again since
        try:
            view = jobs().view(id)
        except FusionError:  # it was deleted in the history meanwhile, or the page's frame says what ails the database
            return
        if not _is_awaited(view):
            st.session_state.judged = view
    _draw(words(), view, kept(view.verdict))


def _is_awaited(view: JobView) -> bool:
    return view.verdict is None and _age(view) < PATIENCE_SECONDS


def _age(view: JobView) -> float:
    return time.time() - (view.ended or 0.0)


def _draw(say: Words, view: JobView, verdict: Verdict | None) -> None:
    assert view.outcome is not None
    with _row():
        _say(say("verdict.ran", seconds=view.outcome.facts.seconds), "done_all", "green", say("verdict.ran.help"))
        _change(say, view, verdict)
        _quality(say, view, verdict)


def _change(say: Words, view: JobView, verdict: Verdict | None) -> None:
    help = say("verdict.change.help")
    if verdict is None:
        _say(say("verdict.change.awaited" if _is_awaited(view) else "verdict.change.unknown"), "compare", "gray", help)
    elif verdict.change is None:
        _say(say("verdict.change.unknown"), "compare", "gray", help)
    elif verdict.changed:
        _say(say("verdict.changed", change=verdict.change), "compare", "green", help)
    else:
        _say(say("verdict.unchanged", change=verdict.change), "compare", "orange", help)


def _quality(say: Words, view: JobView, verdict: Verdict | None) -> None:
    if verdict is None:
        if _is_awaited(view):
            _say(say("verdict.awaited"), "hourglass_top", "gray", _trouble(say, view))
        else:
            _say(say("verdict.unknown"), "help", "gray", say("verdict.unknown.help"))
    elif verdict.error is not None:
        _say(say("verdict.unknown"), "help", "gray", say.together(*say.error(rights.discreet(verdict.error))))
    elif verdict.serious:
        st.page_link(
            DIAGNOSTICS,
            label=f":orange[**{_serious(say, verdict)}**]",
            icon=":material/report:",
            help=say("verdict.why.help"),
            query_params={"job": view.id},
        )
    elif verdict.passed is None:
        _say(say("verdict.unknown"), "help", "gray", say("verdict.likeness_unknown.help"))
    elif not verdict.passed:
        _say(say("verdict.unlike"), "person_alert", "orange", say("verdict.unlike.help"))
    else:
        count = len(verdict.findings)
        help = say("verdict.minor.help", count=count) if count else say("verdict.passed.help")
        _say(say("verdict.passed"), "verified", "green", help)


def _trouble(say: Words, view: JobView) -> str:
    """What keeps the check, where it is long in coming."""
    trouble = checker().error if _age(view) > TROUBLED_SECONDS else None
    return say("verdict.awaited.help") if trouble is None else say.together(*say.error(rights.discreet(trouble)))


def _serious(say: Words, verdict: Verdict) -> str:
    what = say(f"verdict.{verdict.serious[0].symptom}")
    count = len(verdict.serious)
    return say("verdict.fix", what=what) if count == 1 else say("verdict.fixes", what=what, count=count)


def _say(text: str, icon: str, colour: _Colour, help: str) -> None:
    st.badge(text, icon=f":material/{icon}:", color=colour, help=help)
