"""Where a fusion would run, and how much memory may be used there. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from advisor.device.reader import Gpu, Host, MigPart, Platform, Process, Reason, Snapshot
from fusion import torch_build
from fusion.memory import budget
from fusion.units import GIB, MIB
from fusion.worker import Able, WorkerView

_HOST = 512 * MIB  # the browser that shows the page is on this machine too
_GROUP = 64 * MIB  # a web process that reads the next photos
# The smallest cards on which today's PyTorch runs (compute capability 5 and up) were sold with so much.
_LEAST_CARD = 2 * GIB
_SHARE = 16  # one part in so many
# Of the processor. What others take now and then, as a browser that draws, is no news; and where they take all of it,
# the system gives each thread its turn: a job that has as many as there are cores has half of them.
_TAKEN_FROM, _FAIR = 0.25, 0.5

_Card = tuple[Gpu, MigPart | None]


class Kind(StrEnum):
    """What computes."""

    CPU = "cpu"
    CUDA = "cuda"


@dataclass(frozen=True, slots=True)
class Place:
    """One device, as a forecast is compared with it.

    Attributes:
        name: as the worker names it: "cpu", or the card's name.
        uuid: of the card.
        total_bytes, free_bytes: of the card, or of the host without one; what is free is free to anybody.
        held_bytes: what the worker holds already and will use again.
        reserve_bytes: what is left alone, for the display, the system and whoever else comes.
        promised_bytes: what jobs that wait in the queue were told they may take.
        holders: others that hold memory there, the largest first.
        why: why it is not a graphics card. Of a card: why its memory, or which one it is, is not known.
        is_supposed: whether there is no such card, and somebody asks what it would do.
        slowdown: how many times as long the processor takes because others keep it busy; 1 on a card.
        command: what installs a PyTorch that runs on the cards here; "" where it is not for want of one.
    """

    kind: Kind
    name: str
    uuid: str | None
    total_bytes: int
    free_bytes: int
    held_bytes: int
    reserve_bytes: int
    promised_bytes: int = 0
    holders: tuple[Process, ...] = ()
    why: Reason | None = None
    is_supposed: bool = False
    slowdown: float = 1.0
    command: str = ""

    def budget_bytes(self, rest_bytes: int) -> int:
        """What the worker may come to hold in all, given what it would hold at rest (`Forecast.rest_bytes`)."""
        held = min(self.held_bytes, rest_bytes)
        return max(0, self.free_bytes + held - self.reserve_bytes - self.promised_bytes)

    def to_json(self) -> dict[str, Any]:
        """The command line's `device`."""
        return {
            "kind": str(self.kind),
            "name": self.name,
            "uuid": self.uuid,
            "total_bytes": self.total_bytes,
            "free_bytes": self.free_bytes,
            "held_bytes": self.held_bytes,
            "reserve_bytes": self.reserve_bytes,
            "promised_bytes": self.promised_bytes,
            "why": self.why and str(self.why),
            "command": self.command,
            "is_supposed": self.is_supposed,
            "slowdown": self.slowdown,
        }


def place_of(
    snapshot: Snapshot,
    *,
    torch_cuda: bool,
    worker_device: str | None = None,
    held_bytes: int = 0,
    promised_bytes: int = 0,
    free_bytes: int | None = None,
) -> Place:
    """Where the next fusion will run.

    Args:
        torch_cuda: whether the installed PyTorch is built for cards (`advisor.device.capabilities.torch_has_cuda`).
        worker_device: what a worker that has started said of itself: "cpu" or a card's name. None: nobody was asked.
        held_bytes: what that worker holds there now.
        promised_bytes: what jobs in the queue were told they may take.
        free_bytes: instead of what the snapshot says.
    """
    if worker_device == Kind.CPU or (worker_device is None and not torch_cuda):
        place = _on_host(snapshot, torch_cuda)
    elif cards := _cards(snapshot, worker_device):
        place = _on_card(snapshot.host, cards)
    elif worker_device is None:
        place = _on_host(snapshot, torch_cuda)
    else:
        place = _unmeasured(snapshot.host, Reason.NO_ANSWER if snapshot.why is Reason.NO_ANSWER else Reason.UNMEASURED)
    return replace(
        place,
        name=worker_device or place.name,
        free_bytes=place.free_bytes if free_bytes is None else free_bytes,
        held_bytes=held_bytes,
        promised_bytes=promised_bytes,
    )


def of_node(view: WorkerView, able: Able) -> Place:
    """Where a worker on another machine computes, as it says itself; that machine runs Linux."""
    total = able.total_bytes
    is_card = able.kind == Kind.CUDA
    reserve = _left_on_card(Platform.LINUX, total) if is_card else max(_HOST, total // _SHARE)
    # With its networks loaded it holds all that it does at rest.
    held = total if view.precision is not None else 0
    held = held if is_card else view.resident_bytes or 0
    free = total if view.free_bytes is None else view.free_bytes
    return Place(Kind(able.kind), view.device or able.kind, None, total, free, held, reserve)


def supposed(total_bytes: int, platform: Platform) -> Place:
    """A card of so much memory under a system, nothing of it taken yet, whether there is one or not."""
    name = f"a card of {total_bytes / GIB:g} GiB"
    reserve = _left_on_card(platform, total_bytes)
    return Place(Kind.CUDA, name, None, total_bytes, total_bytes, 0, reserve, is_supposed=True)


def cards_for_workers(snapshot: Snapshot) -> tuple[str, ...]:
    """UUIDs of the cards, or of parts of divided ones, that get a worker each.

    None where there are fewer than two, and where only CUDA knows which ones it may use: one worker finds its card
    better by itself. But it would not see that PyTorch has no code for a card: then the only other one is named.
    """
    runs = [gpu for gpu in snapshot.gpus if gpu.has_code is not False]
    places = [place for gpu in runs for place in (gpu.parts if gpu.is_mig else (gpu,))]
    usable = [place for place in places if place.is_visible is not False]
    uuids = tuple(place.uuid for place in usable if place.uuid is not None and place.is_visible)
    is_left_out = any(gpu.has_code is False and gpu.is_visible is not False for gpu in snapshot.gpus)
    return uuids if len(uuids) > (0 if is_left_out else 1) and len(uuids) == len(usable) else ()


def _cards(snapshot: Snapshot, worker_device: str | None) -> list[_Card]:
    """What CUDA will call `cuda:0`, as far as that is known: one, or several of which it is one, or none at all."""
    whole: list[_Card] = [(gpu, None) for gpu in snapshot.gpus if not gpu.is_mig]
    parts: list[_Card] = [(gpu, part) for gpu in snapshot.gpus if gpu.is_mig for part in gpu.parts]
    able = [(gpu, part) for gpu, part in whole + parts if gpu.has_code is not False]
    usable = [(gpu, part) for gpu, part in able if (part or gpu).is_visible is not False]
    first = [(gpu, part) for gpu, part in usable if (part or gpu).cuda_index == 0]
    named = [(gpu, part) for gpu, part in usable if (part or gpu).name == worker_device]
    return first or named or usable


def _on_host(snapshot: Snapshot, torch_cuda: bool) -> Place:
    host = snapshot.host
    if not snapshot.gpus:
        why = snapshot.why
    elif not torch_cuda:
        why = Reason.TORCH_WITHOUT_CUDA
    else:
        why = _unused(snapshot)
    total, free = host.own_bytes, host.available_bytes
    mends = mending(snapshot.gpus) if why in (Reason.TORCH_WITHOUT_CUDA, Reason.NO_CODE) else ""
    place = Place(Kind.CPU, str(Kind.CPU), None, total, free, 0, left_to(host), why=why, slowdown=slowdown(host))
    return replace(place, command=mends)


def mending(gpus: Sequence[Gpu]) -> str:
    """The command that installs a PyTorch that runs on these cards."""
    known = [gpu.capability for gpu in gpus if gpu.capability is not None]
    return torch_build.command(known, next((gpu.cuda_version for gpu in gpus), None))


def slowdown(host: Host) -> float:
    """How many times as long work on all cores takes beside what others do there; 1 where that is not known."""
    ready = max(float(host.ready_cores), host.cores)
    others = host.others_cores or 0.0
    if others < _TAKEN_FROM * ready:
        return 1.0
    return max(1.0, host.cores / max(ready - others, _FAIR * ready))


def _unused(snapshot: Snapshot) -> Reason:
    """Why there are cards and PyTorch uses none of them."""
    seen = [gpu for gpu in snapshot.gpus if gpu.is_visible is not False]
    if not seen:
        return Reason.HIDDEN
    return Reason.NO_CODE if all(gpu.has_code is False for gpu in seen) else Reason.UNUSED


def _on_card(host: Host, cards: list[_Card]) -> Place:
    """Of several, the one with the least room: what fits there fits the other too."""
    gpu, part = min(cards, key=lambda each: (each[1] or each[0]).free_bytes or 0)
    card = part or gpu
    if card.total_bytes is None or card.free_bytes is None:
        return replace(_unmeasured(host), name=card.name or str(Kind.CUDA), uuid=card.uuid)
    return Place(
        kind=Kind.CUDA,
        name=card.name or str(Kind.CUDA),
        uuid=card.uuid,
        total_bytes=card.total_bytes,
        free_bytes=card.free_bytes,
        held_bytes=0,
        reserve_bytes=left_to(host) if gpu.is_unified else _left_on_card(host.platform, card.total_bytes),
        # a divided card's list is of all its parts
        holders=() if part else tuple(process for process in gpu.processes or () if not process.ours),
        why=Reason.ORDER_UNKNOWN if len(cards) > 1 else None,
    )


def _unmeasured(host: Host, why: Reason = Reason.UNMEASURED) -> Place:
    """A card that works and does not say, or not credibly, how much memory it has: the least that a card has counts."""
    total, free = min(_LEAST_CARD, host.own_bytes), min(_LEAST_CARD, host.available_bytes)
    reserve = _left_on_card(host.platform, total)
    return Place(Kind.CUDA, str(Kind.CUDA), None, total, free, 0, reserve, why=why)


def _left_on_card(platform: Platform, total_bytes: int) -> int:
    return budget.left_on_card(total_bytes, is_paged=platform in (Platform.WINDOWS, Platform.WSL))


def left_to(host: Host) -> int:
    """What is left alone of the host's memory: to the rest of the machine, and to what else is in the container.

    What is free outside of a container's limit is left to the machine already. Within it there is no browser and no
    desktop, and the processes that there are have what they need.
    """
    machine = max(_HOST, host.total_bytes // _SHARE) - host.outside_bytes
    group = max(_GROUP, host.own_bytes // _SHARE) if host.is_limited else 0
    return max(0, machine, group)
