"""What is looked at before anything is fused: the data folder, the driver, the files of models and weights."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from advisor.device import Snapshot, capabilities
from advisor.driver import Gpu, Reason
from advisor.selftest.rows import Check, Code, Row, broken
from fusion.errors import FusionError
from fusion.files import private
from fusion.types import EngineName
from fusion.units import GIB
from fusion.weights import Transfer, locate, verification

_LEAST_FREE = GIB


def data_row(folder: Path) -> Row:
    """Whether the data folder can be written to, and has room. Leaves nothing in it."""
    try:
        private.private_folder(folder)
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".selftest-") as file:
            file.write(b"\0")
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        return Row(Check.DATA, Code.DATA_UNWRITABLE)
    free = private.free_bytes(folder)
    return Row(Check.DATA, Code.DATA_OK if free >= _LEAST_FREE else Code.DATA_FULL, details={"gib": free / GIB})


def driver_row(snapshot: Snapshot) -> Row:
    """What the driver says of itself; without a card, why there is none."""
    gpus = snapshot.gpus
    if not gpus:
        return Row(Check.DRIVER, Code.DRIVER_NONE, details={"why": str(snapshot.why or Reason.NO_CARD)})
    details = {
        "cards": ", ".join(gpu.name or "?" for gpu in gpus),
        "driver": gpus[0].driver or "?",
        "cuda": gpus[0].cuda_version or "?",
        "torch": f"CUDA {found}" if (found := capabilities.torch_cuda()) else "the processor",
    }
    return Row(Check.DRIVER, Code.DRIVER_OK, details=details)


def models_row() -> Row:
    """Whether the models that every fusion needs are what they should be."""
    try:
        locate.face_landmarker()
        locate.face_recognizer()
    except FusionError as error:
        return broken(Check.MODELS, error)
    return Row(Check.MODELS, Code.MODELS_OK)


def weights_row(watch: Callable[[Transfer], None]) -> Row:
    """Whether the unet engine's files are here, and as the hub stated."""
    unet, found = str(EngineName.UNET), locate.status()
    if all(file.state == locate.FileState.MISSING for file in found.files):
        return Row(Check.WEIGHTS, Code.WEIGHTS_MISSING, engine=unet)
    try:
        locate.files_of(found)
        verified = verification.verify(found, watch)
        verification.require(verified)
    except FusionError as error:
        return broken(Check.WEIGHTS, error, engine=unet)
    is_sure = all(each.verdict == verification.Verdict.SAME for each in verified)
    code = Code.WEIGHTS_SAME if is_sure else Code.WEIGHTS_SIZED
    return Row(Check.WEIGHTS, code, engine=unet, details={"count": len(verified)})


def unused(gpu: Gpu) -> Reason | None:
    """Why a card is not tested; None where it is."""
    if not capabilities.torch_has_cuda():
        return Reason.TORCH_WITHOUT_CUDA
    if gpu.is_visible is False:
        return Reason.HIDDEN
    return None if gpu.uuid is not None or gpu.parts else Reason.ORDER_UNKNOWN
