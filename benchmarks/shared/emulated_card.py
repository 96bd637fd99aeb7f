"""A CUDA card that is not there, for a build of torch without CUDA.

    with Card(capacity=2000 * MIB) as card:
        Pipeline(device="cuda").run(...)

Within, `torch.cuda` says that there is a card. Tensors on it hold real values, computed on the host; what is asked of
one that would fail on a card fails here. The card's memory is accounted for by the rules of torch's own allocator
(`caching_allocator`), so that it runs out at the same places: of what the product and torch allocate, that is, not of
what CUDA and its libraries take for themselves (a context of some hundred MB, plans and workspaces).
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from types import SimpleNamespace, TracebackType
from typing import Any, Self
from unittest import mock

import numpy as np
import torch
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

from benchmarks.shared import cuda_guard
from benchmarks.shared.caching_allocator import CachingAllocator, CardFull
from benchmarks.shared.emulated_tensor import Ledger, OnCard, place
from fusion.units import MIB

NAME = "Emulated card"
_ENDLESS = 1 << 40
_AMPERE = (8, 6)  # compute capability


class Card:
    """The card. One at a time; entered by the thread that works with it, and by those that are started meanwhile.

    Args:
        capacity: what torch may have of it; None for one that is never full.
        architectures: those that torch is said to have code for; () where it does not say.
        generation: its compute capability; bfloat16 came with (8, 0).

    Attributes:
        memory: its allocator.
        ledger: counts operations, and how often the host waits.
        allocations: the line of the product that asked for each, once `ledger.trace` is True.
    """

    def __init__(
        self,
        capacity: int | None = None,
        architectures: tuple[str, ...] = (),
        generation: tuple[int, int] = _AMPERE,
    ) -> None:
        self._capacity, self._architectures, self._generation = capacity, architectures, generation
        self.memory = CachingAllocator(capacity)
        self.ledger = Ledger(self._hold, self._scratch)
        self.allocations: list[str] = []
        self._known: dict[int, weakref.ref[Any]] = {}  # storages on it, by their address
        self._lock = threading.RLock()
        self._fails_at = 0  # by `memory.count`
        self._entered = ExitStack()

    def fail_at(self, number: int) -> None:
        """Have the allocation of this number fail, counted from the next one as 1, and none after it; 0: none."""
        self._fails_at = self.memory.count + number if number else 0

    @property
    def waits(self) -> int:
        """How often the host has waited for it."""
        return self.ledger.waits.total()

    @contextmanager
    def in_thread(self) -> Iterator[None]:
        """Within, this thread knows the card."""
        with _Operations(self.ledger), _Data():
            yield

    def __enter__(self) -> Self:
        cuda_guard.load()
        with ExitStack() as stack:
            for name, answer in self._answers().items():
                stack.enter_context(mock.patch.object(torch.cuda, name, answer))
            # In inference mode an operation that is made of others would not show these.
            stack.enter_context(mock.patch.object(torch, "inference_mode", torch.no_grad))
            stack.enter_context(mock.patch.object(threading.Thread, "run", self._run_of_threads()))
            # A module that is sent there has other parameters afterwards: a tensor cannot become one of another class.
            before = torch.__future__.get_overwrite_module_params_on_conversion()
            torch.__future__.set_overwrite_module_params_on_conversion(True)
            stack.callback(torch.__future__.set_overwrite_module_params_on_conversion, before)
            stack.enter_context(self.in_thread())
            self._entered = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._entered.close()

    def _run_of_threads(self) -> Callable[[threading.Thread], None]:
        run = threading.Thread.run

        def with_card(thread: threading.Thread) -> None:
            with self.in_thread():
                run(thread)

        return with_card

    def _hold(self, inner: torch.Tensor) -> None:
        """A tensor's values come to lie on the card, unless they do so already as those of another."""
        storage = inner.untyped_storage()
        key = storage._cdata
        with self._lock:
            if key in self._known or not storage.nbytes():
                return
            address = self._malloc(storage.nbytes())
            self._known[key] = weakref.ref(storage, lambda _: self._drop(key, address))

    def _drop(self, key: int, address: int) -> None:
        with self._lock:
            del self._known[key]
            self.memory.free(address)

    def _scratch(self, size: int) -> None:
        if size:
            with self._lock:
                self.memory.free(self._malloc(size))

    def _malloc(self, size: int) -> int:
        if self.ledger.trace:
            self.allocations.append(place())
        try:
            if self.memory.count + 1 == self._fails_at:
                self.memory.count += 1
                raise CardFull(size)
            return self.memory.malloc(size)
        except CardFull as full:
            raise torch.OutOfMemoryError(self._report(full.wanted)) from None

    def _report(self, wanted: int) -> str:
        """As torch words it."""
        memory, total = self.memory, self._total
        return (
            f"CUDA out of memory. Tried to allocate {_amount(wanted)}. GPU 0 has a total capacity of {_amount(total)} "
            f"of which {_amount(total - memory.reserved)} is free. Including non-PyTorch memory, this process has "
            f"{_amount(memory.reserved)} memory in use. Of the allocated memory {_amount(memory.allocated)} is "
            f"allocated by PyTorch, and {_amount(memory.reserved - memory.allocated)} is reserved by PyTorch but "
            "unallocated. If reserved but unallocated memory is large try setting "
            "PYTORCH_ALLOC_CONF=expandable_segments:True to avoid fragmentation.  See documentation for Memory "
            "Management  (https://docs.pytorch.org/docs/stable/notes/cuda.html#optimizing-memory-usage-with-"
            "pytorch-alloc-conf)"
        )

    def _cap(self, fraction: float, *args: object) -> None:
        """What torch may have of it, as the process says; all of it is as much as there was at first."""
        self.memory.capacity = self._capacity if fraction >= 1 else int(fraction * self._total)

    @property
    def _total(self) -> int:
        return _ENDLESS if self._capacity is None else self._capacity

    def _answers(self) -> dict[str, Callable[..., Any]]:
        """What `torch.cuda` says."""
        memory, total = self.memory, self._total
        properties = SimpleNamespace(
            name=NAME,
            total_memory=total,
            major=self._generation[0],
            minor=self._generation[1],
            multi_processor_count=30,
        )
        return {
            "_lazy_init": lambda: None,
            "is_available": lambda: True,
            "is_initialized": lambda: True,
            "device_count": lambda: 1,
            "current_device": lambda: 0,
            "set_device": lambda *args: None,
            "get_device_name": lambda *args: NAME,
            "get_device_properties": lambda *args: properties,
            "get_arch_list": lambda: list(self._architectures),
            "get_device_capability": lambda *args: self._generation,
            "is_bf16_supported": lambda *args, **kwargs: self._generation >= (8, 0),
            "synchronize": lambda *args: self.ledger.wait("synchronize"),
            "mem_get_info": lambda *args: (total - memory.reserved, total),
            "memory_allocated": lambda *args: memory.allocated,
            "memory_reserved": lambda *args: memory.reserved,
            "max_memory_allocated": lambda *args: memory.peak_allocated,
            "max_memory_reserved": lambda *args: memory.peak_reserved,
            "reset_peak_memory_stats": lambda *args: memory.reset_peaks(),
            "empty_cache": memory.empty_cache,
            "set_per_process_memory_fraction": self._cap,
            "memory_stats": lambda *args: {
                "num_alloc_retries": memory.retries,
                "reserved_bytes.all.current": memory.reserved,
            },
        }


class _Operations(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Hands operations that make a tensor on the card to its ledger; those on such tensors get there by themselves."""

    def __init__(self, ledger: Ledger) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._ledger = ledger

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        given = kwargs or {}
        device = given.get("device")
        if (device is not None and torch.device(device).type == "cuda") or OnCard in types:
            return self._ledger.run(func, args, given)
        return func(*args, **given)


class _Data(TorchFunctionMode):
    """Data that become a tensor on the card become one on the host first: torch copies them where no mode looks."""

    _MAKERS = (torch.tensor, torch.as_tensor, torch.asarray)
    _INDEXING = (torch.Tensor.__getitem__, torch.Tensor.__setitem__)

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        given = dict(kwargs or {})
        if func is torch.Tensor.new_tensor and isinstance(args[0], OnCard):
            kind = given.pop("dtype", args[0].dtype)
            return torch.tensor(args[1], dtype=kind).to(args[0].device)
        if func in self._INDEXING and isinstance(args[0], OnCard):
            return func(args[0], _indices(args[1]), *args[2:])
        device = given.get("device")
        if func in self._MAKERS and device is not None and torch.device(device).type == "cuda":
            del given["device"]
            return func(*args, **given).to(device)
        return func(*args, **given)


def _indices(index: Any) -> Any:
    """An index with tensors in it where it has lists or arrays; they are sent to the card when they are used."""
    if isinstance(index, tuple):
        return tuple(_indices(each) for each in index)
    return torch.as_tensor(index) if isinstance(index, (list, np.ndarray)) else index


def _amount(size: int) -> str:
    return f"{size / (1 << 30):.2f} GiB" if size >= 1 << 30 else f"{size / MIB:.2f} MiB"
