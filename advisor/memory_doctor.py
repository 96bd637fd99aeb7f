"""Who holds the memory that jobs need, on the card or on the host without one. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from advisor.apps import Holder
from advisor.device import Gpu, Process
from advisor.environment import Environment
from advisor.finding import Action, Cause, Finding, Level
from advisor.monitor import ours_on
from advisor.place import Kind, Place, place_of
from advisor.symptoms import GIB, beyond, slow
from fusion.errors import Detail

# A face that fills 4096 × 4096 in one stage needs up to 6.7 GiB on a processor and 8.1 on a card, the unet engine at
# 2048 × 2048 up to 3.4, the landmark engine at 1024 × 1024 up to 1.1 (advisor/coefficients, bounds).
AMPLE, SCANT, LEAST = 8 * GIB, round(3.4 * GIB), round(1.1 * GIB)
_HELD = 0.25  # of all memory: who holds less is not the one whose end would help
_FULL = 0.9  # of all memory; the bound above which advice calls a job tight
_CONTEXT = GIB  # more than what CUDA itself takes of a card for any process


@dataclass(frozen=True, slots=True)
class _Stand:
    """A memory and who is in it. `left`: what a job may come to hold."""

    device: str
    total: int
    left: int
    strangers: tuple[Holder, ...]


def memory_findings(environment: Environment) -> Iterator[Finding]:
    """For each memory that jobs are computed in: the stranger whose end would help, else that it is full."""
    for stand in _stands(environment):
        held = next((each for each in stand.strangers if each.resident_bytes >= _HELD * stand.total), None)
        if stand.left >= AMPLE:
            continue
        if held is not None:
            yield _held(stand, held)
        elif stand.left < (1 - _FULL) * stand.total or stand.left < LEAST:
            yield _tight(stand)


def _stands(environment: Environment) -> Iterator[_Stand]:
    cards = [gpu for gpu in environment.snapshot.gpus if gpu.is_visible is not False and not gpu.is_mig]
    if environment.torch_cuda is None or not environment.snapshot.gpus or environment.computes_on_host:
        yield _host(environment)
        return
    for gpu in cards:
        if gpu.total_bytes and gpu.free_bytes is not None:
            yield _card(environment, gpu, is_only=len(cards) == 1)


def _host(environment: Environment) -> _Stand:
    crew = environment.crew or ()
    held = sum(each.resident_bytes or 0 for each in crew if each.state != "dead")
    place = place_of(environment.snapshot, torch_cuda=False, worker_device=str(Kind.CPU), held_bytes=held)
    return _Stand(place.name, place.total_bytes, _left(place), environment.holders)


def _card(environment: Environment, gpu: Gpu, is_only: bool) -> _Stand:
    held, _ = ours_on(gpu, environment.own, is_only)
    alone = replace(environment.snapshot, gpus=(gpu,))
    place = place_of(alone, torch_cuda=True, held_bytes=held or 0)
    known = {each.pid for each in environment.own} | {each.pid for each in environment.leftovers}
    known |= {each.pid for each in environment.apps}
    listed = sorted(gpu.processes or (), key=lambda each: each.used_bytes or 0, reverse=True)
    strangers = tuple(
        Holder(each.pid, each.name or "?", each.used_bytes or 0)
        for each in listed
        if each.pid not in known and _is_strange(each, held, environment)
    )
    return _Stand(place.name, place.total_bytes, _left(place), strangers)


def _is_strange(process: Process, held: int | None, environment: Environment) -> bool:
    """Whether it is surely not ours. In a container numbers say nothing: then one that holds more than ours do."""
    if process.ours is not None or not environment.own:
        return not process.ours
    return held is not None and (process.used_bytes or 0) > 2 * held + _CONTEXT


def _left(place: Place) -> int:
    return place.budget_bytes(place.held_bytes)


def _held(stand: _Stand, stranger: Holder) -> Finding:
    evidence: dict[str, Detail] = {
        "pid": stranger.pid,
        "name": stranger.name,
        "held_gib": stranger.resident_bytes / GIB,
    }
    sure = beyond(stranger.resident_bytes, _HELD * stand.total)
    return slow(Cause.MEMORY_HELD, _level(stand), Action.CLOSE_PROGRAM, evidence | _room(stand), sure)


def _tight(stand: _Stand) -> Finding:
    evidence: dict[str, Detail] = {"percent": 100 * (1 - stand.left / stand.total)}
    sure = beyond(AMPLE, stand.left)
    return slow(Cause.MEMORY_TIGHT, _level(stand), Action.RELEASE_MEMORY, evidence | _room(stand), sure)


def _room(stand: _Stand) -> dict[str, Detail]:
    return {"device": stand.device, "left_gib": stand.left / GIB, "total_gib": stand.total / GIB}


def _level(stand: _Stand) -> Level:
    return Level.SERIOUS if stand.left < SCANT else Level.MINOR
