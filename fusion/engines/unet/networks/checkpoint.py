"""Checkpoints: read without running what is pickled in them, and checked against the network that they are for."""

from __future__ import annotations

import pickle  # noqa: TID251  for the name of its error: torch reads, and with weights_only runs nothing
import struct
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import torch
from torch import nn
from torch.nn import init
from torch.overrides import TorchFunctionMode

from fusion.errors import Phrase, PhraseCode, Reason, WeightsInvalid

_WRAPPERS = ("module.model.", "module.")  # what training in parallel leaves before the names; the longer one first
Network = TypeVar("Network", bound=nn.Module)
# What torch's reader raises on files that are no checkpoint, damaged or made to harm, found by changing some.
# Not `Exception`: `Cancelled` and the driver's errors must come through.
_DAMAGED = (
    pickle.UnpicklingError,
    zipfile.BadZipFile,
    struct.error,
    AssertionError,
    AttributeError,
    EOFError,
    ImportError,
    LookupError,
    MemoryError,
    NotImplementedError,
    ArithmeticError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
)
_COUNTER = "num_batches_tracked"  # of no use here, and absent from files of before torch 0.4.1


def invalid(path: Path, why: str | Phrase) -> WeightsInvalid:
    """The error for a file that is not what the engine needs."""
    return WeightsInvalid(Reason.WEIGHTS_INVALID_MODEL, file=str(path), why=why)


def read(path: Path, under: str | None = None) -> dict[str, torch.Tensor]:
    """The tensors of a checkpoint by name, on the CPU, the prefixes that training leaves removed.

    Files in torch's present format are mapped, not read: what is never touched is never loaded.

    Args:
        path: the file.
        under: the key under which the file keeps its tensors; None where they are at the top.

    Raises:
        WeightsInvalid: not a checkpoint, or with something in it that is no tensor.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of oddities in files that are then refused, or read all the same
            content = torch.load(path, map_location="cpu", weights_only=True, mmap=zipfile.is_zipfile(path))
    except _DAMAGED as error:
        first = next(iter(str(error).splitlines()), "")
        raise invalid(path, first if first.strip() else type(error).__name__) from error
    if under is not None:
        content = content.get(under) if isinstance(content, dict) else None
        if content is None:
            raise invalid(path, Phrase(PhraseCode.ENTRY_MISSING, {"name": under}))
    if not isinstance(content, dict) or not all(isinstance(value, torch.Tensor) for value in content.values()):
        raise invalid(path, Phrase(PhraseCode.NO_TENSORS))
    return _unwrapped(content)


class _Weightless(TorchFunctionMode):
    """Weights are made without memory, and what networks do to fresh weights is left out.

    `torch.device("meta")` alone would also do so, but for random numbers, their lengths and ranges torch then loads
    its compiler, which takes seconds.
    """

    _WEIGHTS = frozenset({torch.empty, torch.randn})
    _LEFT_OUT = frozenset(
        {init.normal_, init.uniform_, torch.Tensor.__truediv__}
        | {getattr(torch.Tensor, name) for name in ("normal_", "uniform_", "norm", "add", "__add__", "div", "div_")}
    )

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        given = kwargs or {}
        if func in self._WEIGHTS:
            return func(*args, **{**given, "device": "meta"})
        first = args[0] if args else given.get("tensor")
        if func in self._LEFT_OUT and isinstance(first, torch.Tensor) and first.is_meta:
            return first
        return func(*args, **given)


def _unwrapped(state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    for wrapper in _WRAPPERS:
        if state and all(name.startswith(wrapper) for name in state):
            return {name.removeprefix(wrapper): value for name, value in state.items()}
    return state


def filled(make: Callable[[], Network], state: dict[str, torch.Tensor], path: Path) -> Network:
    """The network that `make` makes, with the tensors of `state` in it: not initialised, not copied, not trainable.

    Raises:
        WeightsInvalid: a tensor is missing, or has another shape; `path` is what the error names.
    """
    with _Weightless(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # modelscope's code is older than some of torch's advice
        network = make()
    wanted: dict[str, torch.Tensor] = {}
    for name, expected in network.state_dict().items():
        given = state.get(name)
        if given is None and name.endswith(_COUNTER):
            given = torch.zeros((), dtype=torch.long)
        if given is None:
            raise invalid(path, Phrase(PhraseCode.TENSOR_MISSING, {"name": name}))
        if given.shape != expected.shape:
            shapes = {"found": _shape(given), "expected": _shape(expected)}
            raise invalid(path, Phrase(PhraseCode.TENSOR_SHAPE, {"name": name, **shapes}))
        wanted[name] = given
    network.load_state_dict(wanted, assign=True)
    return network.eval().requires_grad_(False)


def _shape(tensor: Any) -> str:
    return "×".join(str(side) for side in tensor.shape) or "a single number"
