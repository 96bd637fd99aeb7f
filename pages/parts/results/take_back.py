"""What was deleted a moment ago, and the button that takes it back, for as long as that can be done."""

from __future__ import annotations

import streamlit as st

from fusion.jobs import JobView
from fusion.storage import Query
from pages.parts.components import redrawn
from pages.parts.i18n import words
from pages.parts.pressing import once
from pages.parts.session import history_state

LOOK_SECONDS = 1.0


def part(owner: str | None) -> None:
    """Draws it for an owner's jobs, or everybody's for None; nothing where nothing was deleted."""
    ids = _ids(_thrown(owner))
    if ids:
        _live(owner, ids)


@redrawn(LOOK_SECONDS)
def _live(owner: str | None, ids: tuple[str, ...]) -> None:
    """The page is drawn anew once something of it cannot be taken back any more, or has been."""
    here, say = history_state.album(), words()
    if _ids(_thrown(owner)) != ids:
        st.rerun()
    with st.container(horizontal=True, gap="xsmall", vertical_alignment="center", width="content", key="take_back"):
        said = say("undo.deleted.one") if len(ids) == 1 else say("undo.deleted", count=len(ids))
        st.markdown(f":small[{said}]", width="content")
        st.button(
            say("undo.button"),
            icon=":material/undo:",
            help=say("undo.help"),
            **once("undo_delete", here.take_back, ids),
        )


def _thrown(owner: str | None) -> tuple[JobView, ...]:
    return history_state.album().queue.history(Query(owner=owner, discarded=True, limit=-1))


def _ids(found: tuple[JobView, ...]) -> tuple[str, ...]:
    return tuple(view.id for view in found)
