"""The life of every storage on a card: noted down in order, and replayed through a model of torch's allocator."""

from __future__ import annotations

import weakref
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, replace
from typing import Any

import torch

from benchmarks.shared.caching_allocator import CachingAllocator

_HALF = 2  # bytes of a number


@dataclass(frozen=True, slots=True)
class Event:
    """A block that is taken (`size` above 0, bytes) or given back (0), or with no `name` the cache that is emptied.

    Attributes:
        is_scratch: of an operation's own copies, taken and given back within it.
        is_sure: False for copies that cuDNN may do without.
    """

    name: int | None
    size: int = 0
    is_scratch: bool = False
    is_sure: bool = True


@dataclass(frozen=True, slots=True)
class Later:
    """A place where what somebody takes is filled in afterwards: `whose`, and what they do there."""

    whose: Hashable
    what: str


@dataclass(frozen=True, slots=True)
class Peaks:
    """Bytes: the most that tensors took, the most that torch held of the card, and what it holds in the end."""

    allocated: int
    reserved: int
    left: int


class StorageLog:
    """What a run takes of a card, and gives back."""

    def __init__(self) -> None:
        self.events: list[Event | Later] = []
        self._names = 0
        self._known: dict[int, int] = {}  # storages that live, by address: their names

    def see(self, tensor: torch.Tensor) -> None:
        """Note down the storage of a tensor, unless it is known, and when it is given back."""
        storage = tensor.untyped_storage()
        size, address = storage.nbytes(), storage._cdata
        if address in self._known or not size:
            return
        self._known[address] = self.take(size)
        weakref.finalize(storage, self._gone, address, self._known[address])

    def take(self, size: int) -> int:
        """A block's name."""
        self._names += 1
        self.events.append(Event(self._names, size))
        return self._names

    def give(self, name: int) -> None:
        """Give a block back."""
        self.events.append(Event(name))

    def scratch(self, size: int, *, is_sure: bool) -> None:
        """What an operation takes for itself while its output is there already."""
        self._names += 1
        self.events += [Event(self._names, each, is_scratch=True, is_sure=is_sure) for each in (size, 0)]

    def convolved(self, given: torch.Tensor, weight: torch.Tensor, made: torch.Tensor) -> None:
        """What cuDNN takes for a convolution besides its output.

        It computes half precision with the channels last, and where they come first makes a copy of all three
        tensors: read off what InvokeAI's pull request 9305 measured (an RTX 4090, 15 runs). In float32 it may do so
        too, where it uses the tensor cores.
        """
        last = torch.channels_last if given.dim() == 4 else torch.channels_last_3d
        if given.dim() in (4, 5) and not given.is_contiguous(memory_format=last):
            size = given.nbytes + weight.nbytes + made.nbytes
            self.scratch(size, is_sure=given.element_size() == _HALF)

    def emptied(self) -> None:
        """`torch.cuda.empty_cache` was called."""
        self.events.append(Event(None))

    def splice(self, events: Iterable[Event], names: dict[int, int] | None = None) -> tuple[int, ...]:
        """Add what was noted down elsewhere, under new names.

        Args:
            names: of what was taken before and may be given back here, by its name there; it is kept up.

        Returns:
            The names here of what is then still taken.
        """
        names = {} if names is None else names
        for event in events:
            if event.name is None:
                self.emptied()
            elif event.size:
                names[event.name] = self._names = self._names + 1
                self.events.append(replace(event, name=self._names))
            else:
                self.events.append(replace(event, name=names.pop(event.name)))
        return tuple(names.values())

    def peaks(self, *, unsure: bool = False) -> Peaks:
        """What a card of any size would have been asked for.

        Args:
            unsure: with the copies that cuDNN may do without.
        """
        card, addresses = CachingAllocator(), dict[int, int]()
        for event in self.events:
            assert isinstance(event, Event), event
            if event.name is None:
                card.empty_cache()
            elif event.is_scratch and not event.is_sure and not unsure:
                continue
            elif event.size:
                addresses[event.name] = card.malloc(event.size)
            else:
                card.free(addresses.pop(event.name))
        return Peaks(card.peak_allocated, card.peak_reserved, card.reserved)

    def _gone(self, address: int, name: int) -> None:
        if self._known.get(address) == name:
            del self._known[address]
        self.give(name)


def note_convolution(log: StorageLog, func: Any, args: tuple[Any, ...], made: Any) -> None:
    """Note down an operation's own copies, if it is a convolution."""
    if func is torch.ops.aten.convolution.default:
        log.convolved(args[0], args[1], made)
