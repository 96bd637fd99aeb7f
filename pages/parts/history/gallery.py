"""The grid of the history: a small picture of each result, what it is, and what can be done with it."""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import streamlit as st

from fusion.jobs import JobView
from fusion.storage import Batch, Query
from fusion.types import State
from pages.parts.components import redrawn
from pages.parts.history import leaves
from pages.parts.history.filters import ENDED
from pages.parts.i18n import Words, job_text
from pages.parts.pressing import once
from pages.parts.results import LOOKS, chip, face_card, is_awaited, lines, take_back
from pages.parts.server import rights
from pages.parts.session import Album, history_state

AWAITED_SECONDS = 2.0  # between two looks for verdicts
PER_PAGE = 20  # of batches and of what came alone; and of the jobs in a batch


def shelf(say: Words, here: Album, query: Query) -> int:
    """Draws one page of what has ended, with the way to the others, and returns how many there are of all.

    What came alone stands under its day; a batch is one thing, under its name.
    """
    ended = replace(query, states=query.states & ENDED)
    count = here.queue.count_units(ended) if ended.states else 0
    if not count:
        return 0
    pages = math.ceil(count / PER_PAGE)
    key = f"page_{abs(hash(ended))}"
    page = min(st.session_state.get(key, 1), pages)
    units = here.queue.units(replace(ended, limit=PER_PAGE, offset=(page - 1) * PER_PAGE))
    batches = {batch.id: batch for batch in here.queue.batches(query.owner)}
    leaving = leaves.every(say)
    if leaving:
        st.caption(" &nbsp; ".join(leaving))
    alone = replace(ended, ids=frozenset(units) - batches.keys(), limit=-1)
    for group in _grouped(say, units, batches, here.queue.history(alone)):
        _group(say, here, ended, group, is_first=page == 1 and units[0] == group.id)
    if pages > 1:
        with st.container(horizontal_alignment="center"):
            st.pagination(pages, key=key)
    return count


def chosen(say: Words, here: Album, owner: str | None) -> None:
    """What can be done with those that are chosen, and what can be taken back; it stays in sight."""
    found = here.chosen_jobs()
    done = sorted((view for view in found if view.outcome is not None), key=lambda view: view.number)
    can_compare = len(found) == len(done) == 2
    with st.container(horizontal=True, gap="xsmall", vertical_alignment="center", key="chosen"):
        st.caption(say("history.chosen", count=len(found)) if found else say("history.choose"), width="content")
        st.button(
            say("history.compare"),
            icon=":material/compare:",
            disabled=not can_compare,
            help=None if can_compare else say("history.compare.help"),
            **once("compare_chosen", here.open, *(view.id for view in done)),
        )
        st.button(
            say("history.delete"),
            icon=":material/delete:",
            disabled=not found,
            **once("delete_chosen", here.delete, tuple(view.id for view in found)),
        )
        st.button(
            say("history.choose_none"),
            type="tertiary",
            disabled=not found,
            **once("choose_none", here.untick),
        )
        take_back.part(owner)


@dataclass(frozen=True, slots=True)
class _Group:
    """A batch, or jobs of one day that came alone.

    Attributes:
        id: of the batch, else of the first job.
        title: in Markdown; empty where the same day goes on after a batch.
        jobs: of a day; none of a batch.
        told: how many jobs its title speaks of; 0 where it speaks of none.
    """

    id: str
    title: str
    jobs: tuple[JobView, ...] = ()
    told: int = 0


def _grouped(
    say: Words, units: Sequence[str], batches: Mapping[str, Batch], alone: Sequence[JobView]
) -> Iterator[_Group]:
    """The units in their order; those of one day that follow each other together."""
    views = {view.id: view for view in alone}
    last = ""
    for is_batch, ids in itertools.groupby(units, batches.__contains__):
        if is_batch:
            found = (batches[id] for id in ids)
            yield from (_Group(one.id, job_text.batch(say, one), told=one.total if one.way else 0) for one in found)
            continue
        there = (views[id] for id in ids if id in views)  # else it was deleted meanwhile
        for day, jobs in itertools.groupby(there, partial(_day, say)):
            first, *others = jobs
            yield _Group(first.id, "" if day == last else day, (first, *others))
            last = day


def _day(say: Words, view: JobView) -> str:
    return job_text.day(say, view.made, st.context.timezone, time.time())


def _group(say: Words, here: Album, query: Query, group: _Group, *, is_first: bool) -> None:
    if group.jobs:
        if group.title:
            st.markdown(f"**{group.title}**")
        _cards(say, here, group.jobs, group.id)
    else:
        _batch(say, here, replace(query, batch=group.id), group, is_open=is_first or query.batch is not None)


def _batch(say: Words, here: Album, query: Query, group: _Group, *, is_open: bool) -> None:
    """What is looked for of a batch; drawn only where it is unfolded."""
    count, key = here.queue.count(query), f"group_{group.id}"
    title = group.title if count == group.told else say("history.group", name=group.title, count=count)
    with st.expander(title, expanded=is_open, key=key, on_change="rerun") as unfolded:
        if not unfolded.open:
            return
        pages = math.ceil(count / PER_PAGE)
        page = min(st.session_state.get(f"{key}_page", 1), pages)
        found = here.queue.history(replace(query, limit=PER_PAGE, offset=(page - 1) * PER_PAGE))
        _cards(say, here, found, group.id)
        if pages > 1:
            st.pagination(pages, key=f"{key}_page")


def _cards(say: Words, here: Album, views: Sequence[JobView], id: str) -> None:
    with st.grid(face_card.COLUMNS, min_column_width=face_card.NARROWEST_PX, gap="small", key=f"shelf_{id}"):
        for view in views:
            with st.container(gap="xxsmall", key=f"job_{view.id}"):
                _card(say, here, view)
    awaited = frozenset(view.id for view in views if is_awaited(view))
    if awaited:
        _await(awaited)


@redrawn(AWAITED_SECONDS)
def _await(ids: frozenset[str]) -> None:
    """Draws the page anew once all of these have a verdict, or none of them will get one soon."""
    if not any(map(is_awaited, history_state.album().queue.history(Query(ids=ids, limit=-1)))):
        st.rerun()


def _card(say: Words, here: Album, view: JobView) -> None:
    face_card.face(say, view, f"open_{view.id}", here.open)
    names, *others = lines(say, view)
    with st.container(horizontal=True, wrap=False, gap="xsmall", horizontal_alignment="distribute"):
        st.markdown(f":small[{names}]")
        _tick(say, here, view)
    st.markdown("  \n".join(f":small[{line}]" for line in (*others, chip(say, view), *_remarks(say, view))))
    made = f"{job_text.plain(job_text.size(say, view))} · {moment(say, view)}"
    st.caption("  \n".join(filter(None, (made, leaves.consent(say, view)))))
    if view.can_be_retried:
        retry(say, here, view)


def _tick(say: Words, here: Album, view: JobView) -> None:
    st.session_state.setdefault(history_state.tick_key(view.id), view.id in here.chosen)
    st.checkbox(
        say("history.choose_one", what=job_text.photos(view) or view.id),
        st.session_state[history_state.tick_key(view.id)],
        label_visibility="collapsed",
        width="content",
        key=history_state.tick_key(view.id),
        on_change=here.tick,
        args=(view.id,),
    )


def badge(say: Words, view: JobView) -> None:
    """A job's state."""
    icon, colour = LOOKS[view.progress.state]
    st.badge(say(f"state.{view.progress.state}"), icon=f":material/{icon}:", color=colour)


def retry(say: Words, here: Album, view: JobView) -> None:
    """The button that queues a job again."""
    st.button(
        say("history.retry"),
        icon=":material/refresh:",
        help=say("history.retry.help"),
        **once(f"retry_{view.id}", here.retry, view.id),
    )


def moment(say: Words, view: JobView) -> str:
    """When a job was made, in the zone of the browser."""
    return job_text.when(say, view.made, st.context.timezone, time.time())


def _remarks(say: Words, view: JobView) -> list[str]:
    """What went otherwise than asked for."""
    found = []
    if view.steps:
        found.append(f":orange[:material/trending_down: {say('history.stepped')}]")
    if view.error is not None and view.progress.state != State.CANCELLED:
        found += [f":red[{job_text.plain(part)}]" for part in say.error(rights.discreet(view.error))]
    return found
