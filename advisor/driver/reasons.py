"""Why a graphics card, or something about it, is not known: a code, what it means, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Reason(StrEnum):
    """The codes; pages translate by them."""

    NO_DRIVER = "gpu_no_driver"
    NOT_LOADED = "gpu_not_loaded"
    MISMATCH = "gpu_mismatch"
    DRIVER_OLD = "gpu_driver_old"
    NO_PERMISSION = "gpu_no_permission"
    NO_CARD = "gpu_no_card"
    LOST = "gpu_lost"
    UNEXPLAINED = "gpu_unexplained"
    NO_ANSWER = "gpu_no_answer"
    ORDER_UNKNOWN = "gpu_order_unknown"
    TORCH_WITHOUT_CUDA = "gpu_torch_without_cuda"
    NO_CODE = "gpu_no_code"
    HIDDEN = "gpu_hidden"
    UNUSED = "gpu_unused"
    UNMEASURED = "gpu_unmeasured"


# reason -> (what is so, what to do); `command` is as of `fusion.torch_build`.
SENTENCES: Mapping[Reason, tuple[str, str]] = MappingProxyType(
    {
        Reason.NO_DRIVER: (
            "No NVIDIA driver is installed on this machine.",
            "Without an NVIDIA card there is nothing to do: Fusewise runs on the processor. With one, install its "
            "driver; in a container, start it with access to the card.",
        ),
        Reason.NOT_LOADED: (
            "The NVIDIA driver is installed, but not loaded.",
            "Restart the machine. If it stays so, install the driver again: its kernel module does not fit the "
            "system, or the system refuses it (Secure Boot).",
        ),
        Reason.MISMATCH: (
            "The NVIDIA driver was updated, but the old one is still running.",
            "Restart the machine.",
        ),
        Reason.DRIVER_OLD: (
            "The NVIDIA driver is too old to be asked about its cards.",
            "Install a newer driver.",
        ),
        Reason.NO_PERMISSION: (
            "This user may not ask the NVIDIA driver about the card.",
            "Let the user access /dev/nvidia*, or ask whoever runs the machine.",
        ),
        Reason.NO_CARD: (
            "The NVIDIA driver runs, but finds no card.",
            "Check that the card sits well, has power and is switched on; in a container, that it was passed in.",
        ),
        Reason.LOST: (
            "The card no longer answers: it has fallen off the bus or is being reset.",
            "Wait a moment. If it does not come back, restart the machine; if it happens again, check the card's "
            "power and cooling.",
        ),
        Reason.UNEXPLAINED: (
            "The NVIDIA driver answers with an error that it does not explain.",
            "In a container, restart that. Else run nvidia-smi, which may say more, or restart the machine.",
        ),
        Reason.NO_ANSWER: (
            "The NVIDIA driver does not answer.",
            "Advice goes on without it, and it is asked again by itself. If nvidia-smi does not answer either, restart "
            "the machine; if it does, only slowly, switch on its persistence mode: nvidia-smi -pm 1.",
        ),
        Reason.ORDER_UNKNOWN: (
            "Fusewise cannot tell which of these cards it computes on: PyTorch takes the fastest by itself.",
            "Nothing has to be done: advice counts on the card with the least room. To choose the card yourself, name "
            "it by its UUID in CUDA_VISIBLE_DEVICES (`nvidia-smi -L` lists them), or set CUDA_DEVICE_ORDER=PCI_BUS_ID, "
            "and start Fusewise again.",
        ),
        Reason.TORCH_WITHOUT_CUDA: (
            "There is a graphics card, but the installed PyTorch was built without CUDA and cannot use it.",
            "Install the CUDA build of PyTorch: run `{command}`.",
        ),
        Reason.NO_CODE: (
            "There is a graphics card, but the installed PyTorch has no code for cards of its generation.",
            "Run `{command}`, which takes a PyTorch that runs on this card, and start Fusewise again. Until then the "
            "processor computes.",
        ),
        Reason.HIDDEN: (
            "There is a graphics card, but CUDA_VISIBLE_DEVICES hides it.",
            "Remove that variable, or name the card in it, and start Fusewise again.",
        ),
        Reason.UNUSED: (
            "There is a graphics card, but PyTorch cannot use it: its driver or the card itself may be too old.",
            "Install a newer driver.",
        ),
        Reason.UNMEASURED: (
            "How much memory the graphics card has free cannot be read.",
            "Update its driver. Until then advice counts on the least that a card has: 2 GiB.",
        ),
    }
)
