"""Which card CUDA will call `cuda:N`: by the environment, without asking CUDA. Pure.

CUDA's own rules (CUDA C++ Programming Guide, "CUDA Environment Variables"): CUDA_VISIBLE_DEVICES is a list of indices
or of UUIDs, which may be cut short as long as they stay unique. The first entry that means nothing ends the list, and
one that is there twice empties it. Indices are CUDA's, by CUDA_DEVICE_ORDER: the fastest first unless it says
PCI_BUS_ID. Of parts of cards (MIG) a process sees one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import takewhile

from advisor.driver import Gpu

_Place = tuple[int, int | None]  # a card's index and, where it is divided, its part's


def numbered(gpus: tuple[Gpu, ...], environ: Mapping[str, str], *, complete: bool = True) -> tuple[Gpu, ...]:
    """The cards with `cuda_index` and `is_visible` filled in, also of their parts.

    Args:
        environ: of the process that will use CUDA.
        complete: whether these are all the cards. If not, indices mean nothing; UUIDs still do.
    """
    listed = environ.get("CUDA_VISIBLE_DEVICES")
    order = _order(gpus, environ) if complete else None
    chosen = order if listed is None else _chosen(gpus, _names(listed), order, complete)
    places = None if chosen is None else _with_one_part(chosen)
    return tuple(_placed(gpu, places, default=True if listed is None else None) for gpu in gpus)


def _order(gpus: tuple[Gpu, ...], environ: Mapping[str, str]) -> list[_Place] | None:
    """All cards in CUDA's order; None where only CUDA knows it.

    Like cards are taken to come in the order of their slots, since neither is faster.
    """
    if len(gpus) > 1:
        alike = len({(gpu.name, gpu.total_bytes) for gpu in gpus}) == 1
        by_slot = environ.get("CUDA_DEVICE_ORDER") == "PCI_BUS_ID" or alike
        if not by_slot or any(gpu.is_mig or gpu.pci_bus_id is None for gpu in gpus):
            return None
    return [place for gpu in sorted(gpus, key=lambda gpu: gpu.pci_bus_id or "") for place in _places(gpu)[:1]]


def _places(gpu: Gpu) -> list[_Place]:
    return [(gpu.index, part.index) for part in gpu.parts] if gpu.is_mig else [(gpu.index, None)]


def _names(listed: str) -> list[int | str] | None:
    """The list's entries up to the first that means nothing; None where kinds are mixed, of which no rule is known."""
    names: list[int | str] = []
    for entry in (entry.strip() for entry in listed.split(",")):
        number = re.match("[+]?[0-9]+", entry)  # like C's strtol, CUDA takes "1gpu2" for 1
        if entry.startswith(("GPU-", "MIG-")):
            names.append(entry)
        elif number:
            names.append(int(number.group()))
        else:
            break
    kinds = {name[:4] if isinstance(name, str) else "" for name in names}
    return names if len(kinds) <= 1 else None


def _chosen(
    gpus: tuple[Gpu, ...], names: list[int | str] | None, order: list[_Place] | None, complete: bool
) -> list[_Place] | None:
    """The places that entries of one kind mean, in their order; None where only CUDA knows."""
    if names is None:
        return None
    if len(set(names)) < len(names):
        return []
    numbers = [name for name in names if isinstance(name, int)]
    if not numbers:
        found = [_named(gpus, name) for name in names if isinstance(name, str)]
        return _unless_repeated(place for place in takewhile(lambda place: place is not None, found) if place)
    if complete:
        numbers = list(takewhile(lambda number: number < len(gpus), numbers))
    if order is None:
        return None if numbers else []
    return [order[number] for number in takewhile(lambda number: number < len(order), numbers)]


def _unless_repeated(places: Iterable[_Place]) -> list[_Place]:
    found = list(places)
    return found if len(set(found)) == len(found) else []


def _named(gpus: tuple[Gpu, ...], name: str) -> _Place | None:
    """What a UUID, or the beginning of one, means; None where it is nothing's or several's."""
    if name.startswith("GPU-"):
        places = [_places(gpu)[:1] for gpu in gpus if (gpu.uuid or "").startswith(name)]
        return places[0][0] if len(places) == 1 and places[0] else None
    parts = [
        (gpu.index, part.index)
        for gpu in gpus
        for part in gpu.parts
        if (part.uuid or "").startswith(name) or part.old_id == name
    ]
    return parts[0] if len(parts) == 1 else None


def _with_one_part(places: list[_Place]) -> list[_Place] | None:
    """A process sees one part only: the first. What it sees of whole cards beside a part is not laid down."""
    if all(part is None for _, part in places):
        return places
    return places[:1] if all(part is not None for _, part in places) else None


def _placed(gpu: Gpu, places: list[_Place] | None, *, default: bool | None) -> Gpu:
    if places is None:
        parts = tuple(replace(part, cuda_index=None, is_visible=None) for part in gpu.parts)
        return replace(gpu, cuda_index=None, is_visible=default, parts=parts)
    numbers = {place: number for number, place in enumerate(places)}
    parts = tuple(
        replace(part, cuda_index=numbers.get((gpu.index, part.index)), is_visible=(gpu.index, part.index) in numbers)
        for part in gpu.parts
    )
    visible = any(index == gpu.index for index, _ in places)
    return replace(gpu, cuda_index=numbers.get((gpu.index, None)), is_visible=visible, parts=parts)
