"""A snapshot in lines of text, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.device.reader import SENTENCES, Gpu, Host, MigPart, Process, Reason, Snapshot
from fusion.units import GIB

_UNSAID = "?"


def lines(snapshot: Snapshot) -> Iterator[str]:
    """Cards first, then the machine, then what is not known and what to do about it."""
    for gpu in snapshot.gpus:
        yield from _card(gpu)
    yield _machine(snapshot.host)
    if snapshot.why is not None:
        yield f"no graphics card: {_sentence(snapshot.why)}"
    else:
        yield from (f"card {card.index} was not read: {_sentence(card.why)}" for card in snapshot.unread)
    if snapshot.order_why is not None:
        yield f"note: {_sentence(snapshot.order_why)}"


def _card(gpu: Gpu) -> Iterator[str]:
    yield f"{_cuda(gpu):8}{gpu.name or 'a card without a name'}  {_memory(gpu)}"
    yield f"        {gpu.uuid or 'no UUID'}  driver {gpu.driver or _UNSAID}  CUDA {gpu.cuda_version or _UNSAID}"
    state = "  ".join(_state(gpu))
    if state:
        yield f"        {state}"
    yield from (f"        {_part(part)}" for part in gpu.parts)
    yield from (f"        {_process(process)}" for process in gpu.processes or ())


def _cuda(place: Gpu | MigPart) -> str:
    if isinstance(place, Gpu) and place.is_mig:
        return "divided"
    if place.cuda_index is not None:
        return f"cuda:{place.cuda_index}"
    return "hidden" if place.is_visible is False else f"cuda:{_UNSAID}"


def _memory(place: Gpu | MigPart) -> str:
    shared = ", shared with the machine" if isinstance(place, Gpu) and place.is_unified else ""
    return f"{_gib(place.free_bytes)} of {_gib(place.total_bytes)} GiB free{shared}"


def _state(gpu: Gpu) -> Iterator[str]:
    """What the card says of how it fares; nothing of what it does not say."""
    if gpu.utilisation is not None:
        yield f"{gpu.utilisation:.0%} busy"
    if gpu.temperature_c is not None:
        yield f"{gpu.temperature_c} °C"
    if gpu.power_w is not None:
        yield f"{gpu.power_w:.0f} W" + ("" if gpu.power_limit_w is None else f" of {gpu.power_limit_w:.0f}")
    if gpu.clock_mhz is not None:
        yield f"{gpu.clock_mhz} MHz" + ("" if gpu.clock_max_mhz is None else f" of {gpu.clock_max_mhz}")
    if gpu.throttles:
        yield "held back by: " + ", ".join(word.replace("_", " ") for word in gpu.throttles)


def _part(part: MigPart) -> str:
    return f"{_cuda(part):8}{part.name or 'a part without a name'}  {_memory(part)}  {part.uuid or 'no UUID'}"


def _process(process: Process) -> str:
    name = f"{process.name or 'a process'} (pid {process.pid}{', ours' if process.ours else ''})"
    return f"{name}  {_gib(process.used_bytes)} GiB"


def _machine(host: Host) -> str:
    cores = f"{host.cores:g} core{'' if host.cores == 1 else 's'}"
    memory = f"{_gib(host.available_bytes)} of {_gib(host.own_bytes)} GiB free"
    of_all = f" (a container's, of {_gib(host.total_bytes)})" if host.is_limited else ""
    return f"machine {memory}{of_all}  {cores}  {_gib(host.disk_free_bytes)} GiB free on the disk of {host.folder}"


def _gib(count: int | None) -> str:
    return _UNSAID if count is None else f"{count / GIB:.1f}"


def _sentence(reason: Reason) -> str:
    return " ".join(SENTENCES[reason])
