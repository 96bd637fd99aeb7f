"""From what probes and measurements saw to rows. Pure."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from itertools import groupby

from advisor.device.compute_target import Kind
from advisor.forecast import CalibrationView, predict, shipped
from advisor.selftest.rows import Check, Code, Row, broken
from fusion.errors import FusionError, Reason
from fusion.selftest import NEAR, Found, Reference
from fusion.sizing import HOST, Measurement, Workload
from fusion.types import SAME_PERSON, EngineName
from fusion.units import MIB

CARD_NEAR = 1  # level by which a card's picture may differ from the processor's
KEPT = 64 * MIB  # that a process of the host may hold more after three rounds: what allocators keep; measured: 1
KEPT_CARD = 2 * MIB  # of tensors on a card: the smallest segment


def rows_of(
    engine: EngineName, found: Found, stored: Reference | None, card: str = "", *, is_random: bool = False
) -> tuple[Row, ...]:
    """What a probe says.

    Args:
        stored: the engine's picture, if there is one.
        card: the driver's name of the card; "" for the processor.
        is_random: whether its weights are: then nobody's face comes out.
    """
    device = card or found.device
    code, details = _of_card(found) if found.device != HOST else _of_processor(found, stored, is_random)
    kept = KEPT if found.device == HOST else KEPT_CARD
    held = Code.RELEASE_OK if found.kept_bytes <= kept else Code.RELEASE_KEPT
    given = {"mib": max(0, found.kept_bytes) / MIB, "limit": kept / MIB}
    return (
        Row(Check.PICTURE, code, device, engine, details),
        Row(Check.RELEASE, held, device, engine, given),
        _ladder(found, device, engine),
    )


def _of_processor(found: Found, stored: Reference | None, is_random: bool) -> tuple[Code, dict[str, str | int | float]]:
    if not found.is_steady:  # of cards alone, that is no fault: their sums come in any order
        return Code.PICTURE_UNSTEADY, {}
    if is_random:
        return Code.PICTURE_RANDOM, {}
    if stored is None:
        likeness = found.likeness or 0.0
        code = Code.PICTURE_UNSTORED if likeness >= SAME_PERSON else Code.PICTURE_STRANGE
        return code, {"likeness": likeness, "limit": SAME_PERSON}
    if stored.photos != found.reference.photos:
        return Code.PICTURE_OTHER, {}
    like = stored.compared(found.reference)
    if like.is_same:
        return Code.PICTURE_SAME, {}
    return Code.PICTURE_NEAR if like.is_near else Code.PICTURE_UNLIKE, {"off": like.off, "limit": NEAR}


def _of_card(found: Found) -> tuple[Code, dict[str, str | int | float]]:
    if found.off is None or found.off_share is None:
        return Code.CARD_ALONE, {}
    code = Code.CARD_LIKE if found.off <= CARD_NEAR else Code.CARD_UNLIKE
    return code, {"off": found.off, "percent": found.off_share * 100, "limit": CARD_NEAR}


def _ladder(found: Found, device: str, engine: EngineName) -> Row:
    if found.ladder is None:
        return Row(Check.LADDER, Code.LADDER_NONE, device, engine)
    details = {"rungs": ", ".join(found.ladder) or "-", "reason": found.ladder_failed}
    came = Code.LADDER_OK if found.ladder else Code.LADDER_HELD
    return Row(Check.LADDER, Code.LADDER_BROKEN if found.ladder_failed else came, device, engine, details)


def measured_rows(view: CalibrationView, total: int) -> tuple[Row, ...]:
    """What a calibration says of speed and memory, and that the forecast has it. `total`: rows of the ledger."""
    failed = () if view.error is None else (broken(Check.FORECAST, view.error),)
    if not view.measured:
        return failed or (broken(Check.FORECAST, FusionError(Reason.TRIAL_FAILED, why="")),)
    fed = Row(Check.FORECAST, Code.FORECAST_FED, details={"count": total, "added": view.added})
    return (*_speeds(view.measured), *_peaks(view.measured), fed, *failed)


def _speeds(measured: Sequence[Measurement]) -> Iterator[Row]:
    """A row for each kind of work, of its warm runs."""
    for work, rows in groupby(measured, lambda row: row.workload):
        together = list(rows)
        warm = [row.seconds for row in together if not row.is_cold] or [row.seconds for row in together]
        details = {
            "size": str(work.output),
            "stages": 2 if work.two_stage else 1,
            "seconds": statistics.median(warm),
            "runs": len(warm),
        }
        yield Row(Check.SPEED, Code.SPEED_SEEN, together[0].device, work.engine, details)


def _peaks(measured: Sequence[Measurement]) -> Iterator[Row]:
    """A row for each engine: the peaks as parts of the bounds of the shipped forecast."""
    for engine in dict.fromkeys(row.workload.engine for row in measured):
        rows = [row for row in measured if row.workload.engine == engine]
        parts = [row.peak_bytes / _bound(row.workload, row.is_on_host) for row in rows]
        above = sum(part > 1 for part in parts)
        code = Code.MEMORY_ABOVE if above else Code.MEMORY_WITHIN
        details = {"count": len(parts), "above": above, "percent": 100 * max(parts)}
        yield Row(Check.MEMORY, code, rows[0].device, engine, details)


def _bound(work: Workload, on_host: bool) -> int:
    return predict(work, shipped(Kind.CPU if on_host else Kind.CUDA)).peak_high_bytes
