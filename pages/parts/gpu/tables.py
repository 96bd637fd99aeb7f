"""What fits now, and who holds memory."""

from __future__ import annotations

import streamlit as st

from advisor.recommendation import Pair
from fusion.units import GIB
from pages.parts.components import bars, figures, gib, in_gib
from pages.parts.gpu import size_table
from pages.parts.gpu.processes import Row, Whose, rows
from pages.parts.i18n import Words
from pages.parts.server import rights, visitor
from pages.parts.services import Live

_LONGEST = 60  # characters of a process's name
_STEPS = ((86_400.0, "days"), (3_600.0, "hours"), (60.0, "minutes"), (1.0, "seconds"))


def strip(say: Words, live: Live, pair: Pair | None) -> None:
    """Each size of output with its verdict and the memory that it may need."""
    machine = live.machine
    budget = machine.place.budget_bytes(0)
    with st.container(border=True, gap="small", key="fits"):
        st.subheader(say("fits.title"), anchor=False)
        st.caption(say("fits.yours" if pair else "fits.standard", free=gib(budget)))
        for option in size_table.sizes(pair or size_table.STANDARD, machine):
            icon, colour = figures.FITS[option.verdict]
            verdict = f":{colour}-badge[:material/{icon}: {figures.room(say, option)}]"
            need = say("memory.need", need=option.forecast.peak_high_bytes / GIB)
            st.markdown(f"{verdict} {figures.title(say, option)} · {need}")


def processes(say: Words, live: Live) -> None:
    """Who holds memory, ours first."""
    found = rows(say, live)
    if not visitor.is_administrator():  # what else runs on the machine is nobody's business but its owner's
        found = [row for row in found if row.whose == Whose.OURS]
    has_places = bool(live.snapshot.gpus)
    with st.container(border=True, gap="small", key="processes"):
        st.subheader(say("processes.title"), anchor=False)
        rights.told(say)
        if not found:
            st.caption(say("processes.none"))
            return
        cells = [_cells(say, row, has_places) for row in found]
        if not visitor.is_administrator():
            cells = [{key: value for key, value in row.items() if key != say("processes.pid")} for row in cells]
        st.html(bars.table(cells, is_broken=False))
        if any(row.whose == Whose.UNKNOWN for row in found):
            st.caption(say("processes.container"))
        if not has_places:
            st.caption(say("processes.host_only"))


def _cells(say: Words, row: Row, has_places: bool) -> dict[str, str]:
    name = row.name[:_LONGEST] if row.name else say("processes.nameless")
    cells = {
        say("processes.whose"): say(f"whose.{row.whose}"),
        say("processes.name"): "" if row.whose == Whose.REST else name,
        say("processes.pid"): "" if row.pid is None else str(row.pid),
        say("processes.memory"): "?" if row.used_bytes is None else in_gib(row.used_bytes),
    }
    if has_places:
        cells[say("processes.place")] = _places(say, row)
    cells[say("processes.since")] = "" if row.since_s is None else _since(say, row.since_s)
    return cells


def _places(say: Words, row: Row) -> str:
    if not row.places:
        return say("processes.host")
    return row.places[0] if len(row.places) == 1 else say("processes.cards", count=len(row.places))


def _since(say: Words, seconds: float) -> str:
    step, unit = next(((step, unit) for step, unit in _STEPS if seconds >= step), _STEPS[-1])
    return say(f"since.{unit}", count=seconds / step)
