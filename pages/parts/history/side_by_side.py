"""Two results of the history: under one line where their sizes are equal, and what sets them apart."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from fusion.facts import Facts
from fusion.jobs import JobView, Outcome
from fusion.sizing import Rect
from pages.parts.components import compare
from pages.parts.history import detail, gallery
from pages.parts.i18n import Words, job_text
from pages.parts.session import Album, labelling, previews

SIDES = ("A", "B")
TALLEST_PX = 640  # of two that stand side by side


def versus(say: Words, here: Album, one: JobView, other: JobView) -> None:
    """Draws both."""
    detail.back(say, here, one, other)
    if one.outcome is None or other.outcome is None:
        st.info(say("history.compare.help"), icon=":material/compare:")
        return
    try:
        if job_text.size(say, one) == job_text.size(say, other):
            labels = _label(say, one.outcome), _label(say, other.outcome)
            compare(say, _together(here, one, other), sides=SIDES, labels=labels)
        else:
            _beside(say, (one.id, one.outcome), (other.id, other.outcome))
    except OSError:
        st.error(say("history.gone"), icon=":material/broken_image:")
    about = (
        say("history.side.about", side=side, made=job_text.made(say, view), when=gallery.moment(say, view))
        for side, view in zip(SIDES, (one, other), strict=True)
    )
    st.caption("  \n".join(about))
    rows = job_text.differences(say, one, other)
    if not rows:
        st.caption(say("history.same"))
        return
    names, mine, theirs = zip(*rows, strict=True)
    detail.table({say("history.differs"): names, SIDES[0]: mine, SIDES[1]: theirs})


def _beside(say: Words, *both: tuple[str, Outcome]) -> None:
    for column, side, (job, outcome) in zip(st.columns(2, gap="small"), SIDES, both, strict=True):
        with column:
            picture = labelling.shown(say, job, outcome.output, outcome.facts, TALLEST_PX)
            st.image(picture, caption=side, alt=say("history.side", side=side))


def _label(say: Words, outcome: Outcome) -> labelling.Stamp | None:
    return labelling.stamp(say, outcome.output, outcome.facts)


def _together(here: Album, one: JobView, other: JobView) -> previews.ResultView:
    """Both as one result, of which the one is what was before."""
    key = (one.id, one.ended, other.id, other.ended)
    if here.seen is None or here.seen[0] != key:
        assert one.outcome is not None
        assert other.outcome is not None
        facts = replace(other.outcome.facts, region=_room(one, other))
        both = Outcome(other.outcome.output, one.outcome.output, facts, other.outcome.recipe)
        here.seen = (key, previews.view_result(other.id, other.settings, both, before_job=one.id))
    return here.seen[1]


def _room(one: JobView, other: JobView) -> Rect:
    """Where the two may differ: the faces of one photo, or everywhere."""
    mine, theirs = (_facts(view) for view in (one, other))
    if one.target_sha256 != other.target_sha256:
        return Rect(0, 0, theirs.size.width, theirs.size.height)
    first, second = mine.region, theirs.region
    left, top = min(first.left, second.left), min(first.top, second.top)
    right = max(first.left + first.width, second.left + second.width)
    bottom = max(first.top + first.height, second.top + second.height)
    return Rect(left, top, right - left, bottom - top)


def _facts(view: JobView) -> Facts:
    assert view.outcome is not None
    return view.outcome.facts
