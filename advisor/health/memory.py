"""Who holds the memory that jobs need, on the card or on the host without one. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from advisor.device import compute_target, monitor, processes
from advisor.diagnosis import THRESHOLDS, Action, Cause, Finding, Level
from advisor.driver import Gpu, Process
from advisor.health.environment import Environment
from advisor.health.findings import slow
from fusion.errors import Detail
from fusion.units import GIB

_CONTEXT = GIB  # more than what CUDA itself takes of a card for any process


@dataclass(frozen=True, slots=True)
class _Stand:
    """A memory and who is in it. `left`: what a job may come to hold. `is_used`: whether jobs are computed there."""

    device: str
    total: int
    left: int
    strangers: tuple[processes.Holder, ...]
    is_used: bool = True

    @property
    def full(self) -> float:
        """0…1."""
        return 1 - self.left / self.total


def memory_findings(environment: Environment) -> Iterator[Finding]:
    """For each memory: the stranger whose end would help, else, of those that jobs are computed in, that it is full."""
    for stand in _stands(environment):
        if not THRESHOLDS["left"].is_past(stand.left / GIB):
            continue
        held = max(stand.strangers, key=lambda each: each.resident_bytes, default=None)
        if held is not None and THRESHOLDS["held"].is_past(held.resident_bytes / stand.total):
            yield _held(stand, held)
        elif stand.is_used and (
            THRESHOLDS["full"].is_past(stand.full) or THRESHOLDS["left_least"].is_past(stand.left / GIB)
        ):
            yield _tight(stand)


def _stands(environment: Environment) -> Iterator[_Stand]:
    """The host's where jobs are computed there, and each card's: one that is not used may be, once that is mended."""
    cards = [gpu for gpu in environment.snapshot.gpus if gpu.is_visible is not False and not gpu.is_mig]
    on_host = environment.torch_cuda is None or not environment.snapshot.gpus or environment.computes_on_host
    if on_host:
        yield _host(environment)
    for gpu in cards:
        is_hosts = gpu.is_unified and on_host  # one memory, told of once
        if gpu.total_bytes and gpu.free_bytes is not None and not is_hosts:
            stand = _card(environment, gpu, is_only=len(cards) == 1)
            yield replace(stand, is_used=not on_host)


def _host(environment: Environment) -> _Stand:
    crew = environment.crew or ()
    held = sum(each.resident_bytes or 0 for each in crew if each.state != "dead")
    host = environment.snapshot.host
    total = min(host.own_bytes, environment.limits.memory_bytes)
    left = host.available_bytes + held - compute_target.left_to(host)
    return _Stand(str(compute_target.Kind.CPU), total, max(0, left), environment.holders)


def _card(environment: Environment, gpu: Gpu, is_only: bool) -> _Stand:
    held, _ = monitor.ours_on(gpu, environment.own, is_only)
    alone = replace(environment.snapshot, gpus=(gpu,))
    place = compute_target.place_of(alone, torch_cuda=True, held_bytes=held or 0)
    known = {each.pid for each in environment.own} | {each.pid for each in environment.leftovers}
    known |= {each.pid for each in environment.apps}
    listed = sorted(gpu.processes or (), key=lambda each: each.used_bytes or 0, reverse=True)
    strangers = tuple(
        processes.Holder(each.pid, each.name or "?", each.used_bytes or 0)
        for each in listed
        if each.pid not in known and _is_strange(each, held, environment)
    )
    return _Stand(place.name, place.total_bytes, place.budget_bytes(place.held_bytes), strangers)


def _is_strange(process: Process, held: int | None, environment: Environment) -> bool:
    """Whether it is surely not ours. In a container numbers say nothing: then one that holds more than ours do."""
    if process.ours is not None or not environment.own:
        return not process.ours
    return held is not None and (process.used_bytes or 0) > 2 * held + _CONTEXT


def _held(stand: _Stand, stranger: processes.Holder) -> Finding:
    evidence: dict[str, Detail] = {
        "pid": stranger.pid,
        "name": stranger.name,
        "held_gib": stranger.resident_bytes / GIB,
    }
    sure = THRESHOLDS["held"].confidence(stranger.resident_bytes / stand.total)
    return slow(Cause.MEMORY_HELD, _level(stand), Action.CLOSE_PROGRAM, evidence | _room(stand), sure)


def _tight(stand: _Stand) -> Finding:
    evidence: dict[str, Detail] = {"percent": 100 * stand.full}
    sure = THRESHOLDS["left"].confidence(stand.left / GIB)
    return slow(Cause.MEMORY_TIGHT, _level(stand), Action.RELEASE_MEMORY, evidence | _room(stand), sure)


def _room(stand: _Stand) -> dict[str, Detail]:
    return {"device": stand.device, "left_gib": stand.left / GIB, "total_gib": stand.total / GIB}


def _level(stand: _Stand) -> Level:
    return Level.SERIOUS if stand.is_used and THRESHOLDS["left_scant"].is_past(stand.left / GIB) else Level.MINOR
