"""What this machine computes with, found without importing torch: its build, the precision, engines, enlargers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from advisor.device.compute_target import Kind, Place
from advisor.device.deadline import within
from advisor.device.reader import Snapshot
from fusion.torch_build import installed
from fusion.types import EngineName, Precision
from fusion.upscale import discovery
from fusion.weights import locate
from fusion.worker import Able

# The rule of fusion/engines/precision.py, which a test holds equal: compute capabilities from which an NVIDIA card has
# bfloat16, and half precision that is faster; and what a processor calls its instructions for each.
_AMPERE, _VOLTA = 8, 7
_FLAGS = {
    Precision.BFLOAT16: frozenset({"avx512_bf16", "amx_bf16", "bf16"}),
    Precision.FLOAT16: frozenset({"avx512_fp16", "amx_fp16", "fp16"}),
}
FILES_S = 2.0  # the deadline for the disk
_WITHOUT_FILES = "lanczos"  # of `fusion.upscale.base.Kind` the one that is always there
_CPUINFO = Path("/proc/cpuinfo")


@dataclass(frozen=True, slots=True)
class Ways:
    """What there is to fuse with.

    Attributes:
        engines: best first: the first is what `auto` means.
        precision: what `auto` means for unet; landmark computes in float32.
        enlarger: the best kind there is (`fusion.upscale.base.Kind`).
        precisions: those that the device has; any other becomes float32.
    """

    engines: tuple[EngineName, ...]
    precision: Precision
    enlarger: str
    precisions: frozenset[Precision] = frozenset(Precision)


def ways(place: Place, snapshot: Snapshot) -> Ways:
    """What there is now: looks for files. On a disk that does not answer there are none."""
    try:
        is_ready, enlarger = within(FILES_S, "what to fuse with", _found)
    except TimeoutError:
        is_ready, enlarger = False, _WITHOUT_FILES
    found = Ways(
        engines=(EngineName.UNET, EngineName.LANDMARK) if is_ready else (EngineName.LANDMARK,),
        precision=precision_for(place, snapshot),
        enlarger=enlarger,
        precisions=_precisions(place, snapshot),
    )
    return on_todays_card(found) if place.is_supposed else found


def of_node(able: Able, here: Ways) -> Ways:
    """What a worker on another machine has, as it said itself; this machine's weights are sent there.

    Args:
        here: what this machine has.
    """
    has_unet = able.has_unet or EngineName.UNET in here.engines
    engines = (EngineName.UNET, EngineName.LANDMARK) if has_unet else (EngineName.LANDMARK,)
    return Ways(engines, able.precision, able.enlarger, frozenset(able.precisions))


def on_todays_card(found: Ways) -> Ways:
    """What there would be beside a card that has all precisions, as they have since compute capability 8."""
    return replace(found, precision=Precision.BFLOAT16, precisions=frozenset(Precision))


def _found() -> tuple[bool, str]:
    return locate.status().is_ready, str(next(each.kind for each in discovery.status() if each.present))


def precision_for(place: Place, snapshot: Snapshot) -> Precision:
    """What `auto` will be there.

    bfloat16 where there are instructions for it; else float16 on a card, float32 on a processor. float32 where a card
    does not say what it can: that needs the most memory.
    """
    has = _precisions(place, snapshot)
    wanted = (Precision.BFLOAT16, Precision.FLOAT16) if place.kind == Kind.CUDA else (Precision.BFLOAT16,)
    return next((precision for precision in wanted if precision in has), Precision.FLOAT32)


def torch_has_cuda() -> bool:
    """Whether the installed PyTorch is built for NVIDIA's cards; False without one."""
    return torch_cuda() is not None


def torch_cuda() -> str | None:
    """The CUDA that the installed PyTorch is built for, such as "13.0"; None for one without, or where none is."""
    found = installed()
    return found.cuda if found else None


def _precisions(place: Place, snapshot: Snapshot) -> frozenset[Precision]:
    if place.kind == Kind.CPU:
        flags = _flags()
        half = {precision for precision, names in _FLAGS.items() if names & flags}
    else:
        generation = _generation(place, snapshot)
        since = {Precision.BFLOAT16: _AMPERE, Precision.FLOAT16: _VOLTA}
        half = {precision for precision, first in since.items() if generation >= first}
    return frozenset({Precision.FLOAT32} | half)


def _generation(place: Place, snapshot: Snapshot) -> int:
    """The major number of the compute capability; 0 where the card does not say."""
    for gpu in snapshot.gpus:
        if place.uuid is not None and place.uuid in (gpu.uuid, *(part.uuid for part in gpu.parts)):
            return gpu.capability[0] if gpu.capability else 0
    return 0


@cache
def _flags() -> frozenset[str]:
    """The processor's instructions as Linux lists them; none where there is no such list."""
    try:
        lines = _CPUINFO.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return frozenset()
    listed = (line.partition(":")[2] for line in lines if line.lower().startswith(("flags", "features")))
    return frozenset(next(listed, "").split())
