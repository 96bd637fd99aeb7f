"""Who holds memory: the rows of the page's table of processes. No Streamlit."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

import psutil

from advisor.device import host, monitor
from advisor.driver import Gpu, Process
from fusion.units import MIB
from pages.parts.gpu.card_names import card_name
from pages.parts.i18n import Words
from pages.parts.services import Live

_UNNAMED_BYTES = 64 * MIB  # less than this is the driver's own small change


class Whose(StrEnum):
    """Of whom a process is."""

    OURS = "ours"
    LEFTOVER = "leftover"
    OTHER = "other"
    UNKNOWN = "unknown"  # the driver's numbers say nothing here
    REST = "rest"  # no process: the driver, the display, other containers


@dataclass(frozen=True, slots=True)
class Row:
    """A process.

    Attributes:
        places: names of the cards; none for the host's own memory.
        name: None for one that cannot be seen from here.
        used_bytes: None where nobody says.
        since_s: how long it has been running.
    """

    places: tuple[str, ...]
    whose: Whose
    name: str | None
    pid: int | None
    used_bytes: int | None
    since_s: float | None


def rows(say: Words, live: Live) -> list[Row]:
    """On cards, or on the host without one: ours first, then leftover ones, then the largest. A process has one row."""
    found = _together(row for gpu in live.snapshot.gpus for row in _on_card(say, live, gpu))
    listed = {row.pid for row in found if row.whose in (Whose.OURS, Whose.LEFTOVER)}
    ours = [(Whose.OURS, view.pid) for view in live.workers if view.pid and view.node is None] + [
        (Whose.LEFTOVER, stray.pid) for stray in live.strays
    ]
    on_host = [
        Row((), whose, host.process_name(pid), pid, monitor.resident_bytes(pid), _since(pid))
        for whose, pid in ours
        if pid not in listed
    ]
    order = list(Whose)
    return sorted([*found, *on_host], key=lambda row: (order.index(row.whose), -(row.used_bytes or 0)))


def _together(found: Iterable[Row]) -> list[Row]:
    """What is on several cards, with all that it holds there."""
    rows: dict[tuple[Whose, int | None], Row] = {}
    for row in found:
        key = (row.whose, row.pid)
        if key not in rows:
            rows[key] = row
            continue
        held = (rows[key].used_bytes, row.used_bytes)
        used = None if None in held else sum(each or 0 for each in held)
        rows[key] = replace(rows[key], places=(*rows[key].places, *row.places), used_bytes=used)
    return list(rows.values())


def _on_card(say: Words, live: Live, gpu: Gpu) -> list[Row]:
    places = (card_name(say, gpu, live.snapshot.gpus),)
    strays = {stray.pid for stray in live.strays}
    listed = gpu.processes or ()
    found = [
        Row(
            places,
            _whose(process, live.started, strays),
            process.name,
            process.pid,
            process.used_bytes,
            None if process.ours is None else _since(process.pid),
        )
        for process in listed
    ]
    known = sum(process.used_bytes or 0 for process in listed)
    rest = (gpu.used_bytes or 0) - known
    if rest > _UNNAMED_BYTES and not gpu.is_unified:
        found.append(Row(places, Whose.REST, None, None, rest, None))
    return found


def _whose(process: Process, started: frozenset[int], strays: set[int]) -> Whose:
    if process.ours is None:
        return Whose.UNKNOWN
    if process.pid in strays:
        return Whose.LEFTOVER
    return Whose.OURS if process.ours or process.pid in started else Whose.OTHER


def _since(pid: int) -> float | None:
    try:
        return max(0.0, time.time() - psutil.Process(pid).create_time())
    except psutil.Error:
        return None
