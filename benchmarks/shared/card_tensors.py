"""A card that is not there: tensors say "cuda:0", hold real values on the processor, and their lives are noted down.

The whole pipeline runs on it as on a card: what depends on values takes the way that it would take, what would mix
tensors of the card and of the host raises, and what is on the host stays there and is not counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest import mock

import torch
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode, return_and_correct_aliasing
from torch.utils._pytree import tree_leaves, tree_map_only

from benchmarks.shared import cuda_guard
from benchmarks.shared.storage_log import StorageLog, note_convolution
from fusion.units import GIB

_CARD = torch.device("cuda", 0)
_FREE = 64 * GIB  # more than anything here wants
_aten = torch.ops.aten
_CROSSING = frozenset({_aten.copy_.default, _aten._to_copy.default})  # from the host to the card and back
_FROM_DATA = frozenset({torch.tensor, torch.as_tensor, torch.asarray})
_ITEMS = frozenset({torch.Tensor.__getitem__, torch.Tensor.__setitem__})


class OnCard(torch.Tensor):
    """A tensor of that card. `held`: the same on the processor."""

    held: torch.Tensor
    card: _Card

    @staticmethod
    def __new__(cls, values: torch.Tensor, card: _Card) -> OnCard:
        made: OnCard = torch.Tensor._make_wrapper_subclass(
            cls,
            values.size(),
            strides=values.stride(),
            storage_offset=values.storage_offset(),
            dtype=values.dtype,
            layout=values.layout,
            device=_CARD,
        )
        made.held, made.card = values, card
        card.log.see(values)
        return made

    __torch_function__ = torch._C._disabled_torch_function_impl  # type: ignore[assignment]

    @classmethod
    def __torch_dispatch__(  # type: ignore[override]
        cls, func: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        given = kwargs or {}
        return _first((args, given)).card.compute(func, args, given)

    def numpy(self, *_: Any, **__: Any) -> Any:
        """As on a card."""
        raise TypeError("can't convert cuda:0 device type tensor to numpy; it must be copied to the host first")

    def tolist(self) -> Any:
        """Numbers."""
        return self.held.tolist()


class _Card(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Computes what concerns the card, on the processor."""

    def __init__(self, log: StorageLog) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.log = log

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        given = kwargs or {}
        if _is_card(given.get("device")) or _first((args, given)) is not None:
            return self.compute(func, args, given)
        return func(*args, **given)

    def compute(self, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """The answer, on the card unless it is for the host."""
        device = kwargs.get("device")
        here = [each for each in tree_leaves((args, kwargs)) if isinstance(each, OnCard)]
        if here and func not in _CROSSING:
            _refuse_mixed(func, args, kwargs)
        if _is_card(device):
            kwargs = {**kwargs, "device": torch.device("cpu")}
        plain_args, plain_kwargs = tree_map_only(OnCard, lambda each: each.held, (args, kwargs))
        made = func(*plain_args, **plain_kwargs)
        if func is _aten._to_copy.default and made.untyped_storage()._cdata == plain_args[0].untyped_storage()._cdata:
            made = made.clone()  # from one device to another there is always a copy
        stays = isinstance(args[0], OnCard) if func is _aten.copy_.default else bool(here)
        if not (_is_card(device) if device is not None else stays):
            return made
        note_convolution(self.log, func, plain_args, made)
        answer = tree_map_only(torch.Tensor, lambda each: OnCard(each, self), made)
        if not here:
            return answer
        return return_and_correct_aliasing(func, args, kwargs, answer)  # type: ignore[no-untyped-call]


class _FromHost(TorchFunctionMode):
    """What torch sends over below the dispatcher: numbers that become tensors, and lists that choose from one."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        given = dict(kwargs or {})
        if func in _FROM_DATA and _is_card(given.get("device")):
            device = given.pop("device")
            return func(*args, **given).to(device)
        if func in _ITEMS and isinstance(args[0], OnCard):
            args = (args[0], _sent(args[1]), *args[2:])
        return func(*args, **given)


def _sent(index: Any) -> Any:
    """An index whose lists lie on the card."""
    if isinstance(index, tuple):
        return tuple(_sent(each) for each in index)
    return torch.tensor(index).to(_CARD) if isinstance(index, list) else index


def _is_card(device: Any) -> bool:
    return device is not None and torch.device(device).type == "cuda"


def _first(given: Any) -> Any:
    return next((each for each in tree_leaves(given) if isinstance(each, OnCard)), None)


def _refuse_mixed(func: Any, args: Any, kwargs: Any) -> None:
    for each in tree_leaves((args, kwargs)):
        if isinstance(each, torch.Tensor) and not isinstance(each, OnCard) and each.dim() > 0:
            raise RuntimeError(f"{func}: tensors of the card and of the host")


@contextmanager
def card() -> Iterator[StorageLog]:
    """While it lasts, there is a card; what is taken of it is noted down. Gradients are not kept.

    Raises:
        RuntimeError: `cuda_guard.load` does.
    """
    cuda_guard.load()
    log = StorageLog()
    with ExitStack() as stack:
        for name, answer in _answers(log).items():
            stack.enter_context(mock.patch.object(torch.cuda, name, answer))
        # in inference mode an operation that is made of others would not show them
        stack.enter_context(mock.patch.object(torch, "inference_mode", torch.no_grad))
        stack.enter_context(torch.no_grad())
        stack.enter_context(_FromHost())
        stack.enter_context(_Card(log))
        yield log


def _answers(log: StorageLog) -> dict[str, Callable[..., Any]]:
    """What `torch.cuda` says of it: a card of today with plenty of memory."""
    return {
        "_lazy_init": lambda: None,
        "is_available": lambda: True,
        "get_device_name": lambda *_: "traced",
        "get_device_capability": lambda *_: (8, 0),
        "synchronize": lambda *_: None,
        "reset_peak_memory_stats": lambda *_: None,
        "max_memory_reserved": lambda *_: 0,
        "memory_reserved": lambda *_: 0,
        "memory_allocated": lambda *_: 0,
        "mem_get_info": lambda *_: (_FREE, _FREE),
        "empty_cache": log.emptied,
    }
