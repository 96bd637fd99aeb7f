"""Tensors that say they lie on "cuda:0" and hold their values on the host, and what happens between the two places.

`torch` hands each operation on one of them to `Ledger.run`, which computes it on the host, refuses what torch refuses
on a card, and writes down what it would have cost there.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

import torch

aten: Any = torch.ops.aten
DEVICE = torch.device("cuda", 0)

_HALVES = (torch.float16, torch.bfloat16)
# Tensor cores multiply half precision and add up in float32: so do these here, and are a hundred times as quick for it.
_SUMMED_IN_FLOAT32 = {aten.convolution.default, aten.addmm.default, aten.mm.default, aten.bmm.default}
_BETWEEN = {aten.copy_.default, aten._to_copy.default}
_INDEXED = {aten.index.Tensor, aten.index_put.default, aten.index_put_.default}
# What has an answer whose size or value the host must know before it can go on.
_AWAITED = {
    aten._local_scalar_dense.default, aten.equal.default, aten.nonzero.default, aten.masked_select.default,
    aten.bincount.default, aten._unique2.default, aten.unique_dim.default, aten.unique_consecutive.default,
    aten.repeat_interleave.Tensor,
}  # fmt: skip
_NO_NUMPY = (
    "can't convert cuda:0 device type tensor to numpy. Use Tensor.cpu() to copy the tensor to host memory first."
)
_NO_CODE = (
    "CUDA error: no kernel image is available for execution on the device\n"
    "Compile with `TORCH_USE_CUDA_DSA` to enable device-side assertions."
)


class OnCard(torch.Tensor):
    """A tensor on the card. `values`: on the host; `ledger`: where its memory is accounted for."""

    values: torch.Tensor  # type: ignore[assignment]  # torch's own is of sparse tensors
    ledger: Ledger
    __torch_function__ = torch._C._disabled_torch_function_impl  # type: ignore[assignment]

    @staticmethod
    def __new__(cls, values: torch.Tensor, ledger: Ledger) -> OnCard:
        ledger.hold(values)
        made: OnCard = torch.Tensor._make_wrapper_subclass(
            cls, values.size(), strides=values.stride(), storage_offset=values.storage_offset(), dtype=values.dtype,
            layout=values.layout, device=DEVICE,
        )  # fmt: skip
        made.values, made.ledger = values, ledger
        return made

    @classmethod
    def __torch_dispatch__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:  # type: ignore[override]
        given = kwargs or {}
        ledger = next(each.ledger for each in _tensors((args, given)) if isinstance(each, OnCard))
        return ledger.run(func, args, given)

    def __repr__(self, **_: Any) -> str:  # type: ignore[override]
        return f"OnCard({self.values!r})"

    def numpy(self, *args: Any, **kwargs: Any) -> Any:
        raise TypeError(_NO_NUMPY)

    def __array__(self, *args: Any, **kwargs: Any) -> Any:
        raise TypeError(_NO_NUMPY)

    def tolist(self) -> Any:
        self.ledger.wait("read")
        return self.values.tolist()


class Ledger:
    """What operations on a card's tensors do, and cost.

    Args:
        hold: told of the values of each tensor that comes to lie on the card; may raise `torch.OutOfMemoryError`.
        scratch: told of the bytes that an operation needs while it runs.

    Attributes:
        waits: how often the host waited for the card, by why: "read" (a value or a picture comes back), "sent" (a
            picture goes there from memory that is not pinned), "synchronize".
        places: the same by the line of the product that waited, once `trace` is True.
        has_code: whether there is code for the card's generation; without it nothing is computed there.
    """

    def __init__(self, hold: Callable[[torch.Tensor], None], scratch: Callable[[int], None]) -> None:
        self.hold, self._scratch = hold, scratch
        self.waits: Counter[str] = Counter()
        self.places: Counter[str] = Counter()
        self.trace = False
        self.has_code = True

    def wait(self, why: str) -> None:
        """The host waits for the card."""
        self.waits[why] += 1
        if self.trace:
            self.places[f"{why} {place()}"] += 1

    def run(self, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """An operation of which an argument lies on the card, or which makes a tensor there.

        Raises:
            RuntimeError: some of its tensors lie on the host.
            torch.OutOfMemoryError: the card has no room for what it makes.
        """
        given = list(_tensors((args, kwargs)))
        if not self.has_code and func not in _BETWEEN:
            raise RuntimeError(_NO_CODE)
        from_card = any(isinstance(each, OnCard) for each in given)
        self._refuse_mixed(func, args, given)
        self._count_waits(func, args, kwargs, given)
        made = _computed(func, *_mapped(OnCard, lambda each: each.values, (args, _on_host(kwargs))))
        written = _written(func, args, kwargs)
        if written is not None:
            _check_still_the_same(func, written)
            return written
        if not _stays(func, kwargs, from_card=from_card):
            return made
        made = _mapped(torch.Tensor, lambda each: OnCard(each, self), made)
        if func is aten.convolution.default:
            self._scratch(layout_copies(args[0], args[1], made))
        return made

    def _refuse_mixed(self, func: Any, args: tuple[Any, ...], given: list[torch.Tensor]) -> None:
        """As torch does. A number in a tensor of the host may go with what lies on the card, and so may an index."""
        if func in _BETWEEN or not any(isinstance(each, OnCard) for each in given):
            return
        if func in _INDEXED and isinstance(args[0], OnCard):
            given = [args[0], *args[2:3]]
        for each in given:
            if isinstance(each, torch.Tensor) and not isinstance(each, OnCard) and each.dim() > 0:
                raise RuntimeError(
                    "Expected all tensors to be on the same device, but found at least two devices, cuda:0 and cpu! "
                    f"(when checking argument in method {func})"
                )

    def _count_waits(self, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any], given: list[torch.Tensor]) -> None:
        if func is aten.copy_.default:
            there, back = (isinstance(each, OnCard) for each in args[:2])
            if there != back and not (there and args[1].dim() == 0):  # a single number goes with the command
                self.wait("sent" if there else "read")
        elif func is aten._to_copy.default:
            device = kwargs.get("device")
            if device is not None and (torch.device(device).type == "cuda") != isinstance(args[0], OnCard):
                self.wait("read" if isinstance(args[0], OnCard) else "sent")
        elif func in _AWAITED:
            self.wait("read")
        elif func in _INDEXED:
            for each in args[1]:
                if each is not None and not isinstance(each, OnCard):
                    self.wait("sent")
                elif each is not None and each.dtype in (torch.bool, torch.uint8):
                    self.wait("read")  # how many there are


def layout_copies(taken: torch.Tensor, weight: torch.Tensor, made: torch.Tensor) -> int:
    """Bytes that a convolution needs besides.

    cuDNN computes half precision with the channels last. Of tensors that lie otherwise it makes copies.
    """
    layout = torch.channels_last if taken.dim() == 4 else torch.channels_last_3d
    if taken.dtype not in _HALVES or taken.dim() < 4 or taken.is_contiguous(memory_format=layout):
        return 0
    return taken.nbytes + weight.nbytes + made.nbytes


def place() -> str:
    """The innermost line of the product that is running: "fusion/ops/warp.py:59 affine"."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        _, found, path = frame.f_code.co_filename.rpartition("/fusion/")
        if found:
            return f"fusion/{path}:{frame.f_lineno} {frame.f_code.co_name}"
        frame = frame.f_back
    return "elsewhere"


def _tensors(tree: Any) -> Iterator[torch.Tensor]:
    if isinstance(tree, torch.Tensor):
        yield tree
    elif isinstance(tree, (tuple, list, dict)):
        for each in tree.values() if isinstance(tree, dict) else tree:
            yield from _tensors(each)


def _mapped(kind: type[Any], change: Callable[[Any], Any], tree: Any) -> Any:
    """A tree with each tensor of a kind changed. Plain, as torch gives them: its own way takes ten times as long."""
    if isinstance(tree, kind):
        return change(tree)
    if isinstance(tree, (tuple, list)):
        return type(tree)([_mapped(kind, change, each) for each in tree])
    if isinstance(tree, dict):
        return {key: _mapped(kind, change, each) for key, each in tree.items()}
    return tree


def _on_host(kwargs: dict[str, Any]) -> dict[str, Any]:
    return {**kwargs, "device": torch.device("cpu")} if kwargs.get("device") is not None else kwargs


def _computed(func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """What the operation makes on the host; a copy to another device is a new tensor there too."""
    if func in _SUMMED_IN_FLOAT32 and args[0].dtype in _HALVES:
        wide = _mapped(torch.Tensor, lambda each: each.float(), args)
        return func(*wide, **kwargs).to(args[0].dtype)
    made = func(*args, **kwargs)
    if func is aten._to_copy.default and made.untyped_storage()._cdata == args[0].untyped_storage()._cdata:
        return made.clone()
    return made


def _written(func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """The argument that an operation has written to and gives back; None if it gives something new."""
    returns = func._schema.returns
    if not returns or returns[0].alias_info is None or not returns[0].alias_info.is_write:
        return None
    found = []
    for each in returns:
        for at, argument in enumerate(func._schema.arguments):
            alias = argument.alias_info
            if alias is not None and alias.is_write and alias.before_set == each.alias_info.before_set:
                found.append(args[at] if at < len(args) else kwargs[argument.name])
    return found[0] if len(returns) == 1 else tuple(found)


def _check_still_the_same(func: Any, written: Any) -> None:
    for each in _tensors(written):
        if isinstance(each, OnCard) and each.shape != each.values.shape:
            raise NotImplementedError(f"{func} changes a tensor's shape in place, which is not emulated")


def _stays(func: Any, kwargs: dict[str, Any], *, from_card: bool) -> bool:
    """Whether what an operation makes lies on the card."""
    device = kwargs.get("device")
    if device is not None:
        return torch.device(device).type == "cuda"
    return from_card
