"""Several cards at a glance: a row each, and below them what there is to know of one, for who opens it."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from advisor.device import monitor
from advisor.driver import Gpu
from advisor.recommendation import Option, Pair
from fusion.jobs import Jobs, WorkerView
from pages.parts.components import bars, gib
from pages.parts.gpu import gauges, size_table, workers
from pages.parts.gpu.card_names import card_name, slot
from pages.parts.i18n import Words
from pages.parts.services import Live

_UNKNOWN = "–"


def overview(say: Words, queue: Jobs, live: Live, pair: Pair | None) -> None:
    """A row for each card: its name, memory, load and heat, what fits there, and what it does now."""
    gpus = live.snapshot.gpus
    options = size_table.sizes(pair or size_table.STANDARD, live.machine)
    with st.container(border=True, gap="small", key="overview"):
        st.html(bars.table([_row(say, queue, live, gpu, options) for gpu in gpus], is_broken=False))
        st.caption(say("overview.fits.yours" if pair else "overview.fits.standard"))


def details(say: Words, live: Live) -> None:
    """All of each card that somebody opens."""
    gpus = live.snapshot.gpus
    for number, gpu in enumerate(gpus):
        label = " · ".join(filter(None, (card_name(say, gpu, gpus), slot(gpu))))
        opened = st.expander(label, key=f"open_card_{number}", on_change="rerun")
        if opened.open:  # three charts each: nobody pays for those of a card that is closed
            with opened:
                gauges.card(say, live, gpu, number, titled=False)


def _row(say: Words, queue: Jobs, live: Live, gpu: Gpu, options: Sequence[Option]) -> dict[str, str]:
    largest = size_table.largest_on(live, gpu, options)
    busy = None if gpu.utilisation is None else say("gpu.percent", percent=100 * gpu.utilisation)
    return {
        say("overview.card"): _called(say, live, gpu),
        say("memory.cuda"): _memory(say, live, gpu),
        say("gpu.busy"): busy or _UNKNOWN,
        say("gpu.temperature"): _UNKNOWN if gpu.temperature_c is None else f"{gpu.temperature_c} °C",
        say("overview.fits"): _UNKNOWN if largest is None else str(largest.size),
        say("overview.does"): _does(say, queue, live, gpu),
    }


def _called(say: Words, live: Live, gpu: Gpu) -> bars.Html:
    place = slot(gpu)
    below = f"<br><small>{escape(say('gpu.slot', value=place))}</small>" if place else ""
    return bars.Html(f"<strong>{escape(card_name(say, gpu, live.snapshot.gpus))}</strong>{below}")


def _memory(say: Words, live: Live, gpu: Gpu) -> str:
    now = live.now.card(monitor.key_of(gpu))
    if gpu.is_mig or now is None or now.total_bytes is None or now.free_bytes is None:
        return say("gpu.divided") if gpu.is_mig else _UNKNOWN
    said = say("overview.free", free=gib(now.free_bytes), total=gib(now.total_bytes))
    parts = gauges.memory_parts(say, gpu, now)
    return bars.Html(f"{bars.thin(parts)}{escape(said)}")


def _does(say: Words, queue: Jobs, live: Live, gpu: Gpu) -> str:
    """What Fusewise does there: a job and how far it is, or that it is ready, or that it does not use the card."""
    view = worker_on(live, gpu)
    if view is None:
        return say("gpu.hidden" if gpu.is_visible is False and not gpu.is_mig else "overview.unused")
    if view.job is not None:
        return workers.job(say, queue, view.job)
    return say(f"overview.{view.state}")


def worker_on(live: Live, gpu: Gpu) -> WorkerView | None:
    """The worker that computes there; of several on parts of one card the first."""
    uuids = {gpu.uuid, *(part.uuid for part in gpu.parts)} - {None}
    given = next((view for view in live.workers if view.card in uuids), None)
    alone = live.workers[0] if len(live.workers) == 1 and live.workers[0].card is None else None
    return given or (alone if live.machine.place.uuid in uuids else None)
