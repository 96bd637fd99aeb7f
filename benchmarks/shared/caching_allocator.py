"""A model of torch's caching allocator for CUDA, so that a card's memory can be forecast and played without a card.

torch asks the driver for *segments* and cuts *blocks* from them: that a tensor is freed gives its block back to the
segment, not the segment to the driver. What a process holds of a card is therefore more than its tensors, and depends
on the order in which they came and went. This is the allocator of one device with one stream and default settings
(`c10/cuda/CUDACachingAllocator.cpp`): no expandable segments, no limit to what may be split. Pure Python; all sizes are
bytes.
"""

from __future__ import annotations

import bisect
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field

from fusion.units import MIB

_ROUNDING = 512  # a block is a multiple of that
_SMALL = 1 * MIB  # up to here a block is cut from a small segment
_SMALL_SEGMENT, _LARGE_SEGMENT = 2 * MIB, 20 * MIB
_OWN_SEGMENT, _OWN_ROUNDING = 10 * MIB, 2 * MIB  # from here a block has a segment of its own, a multiple of the latter


class CardFull(Exception):
    """The card has no room for a block, and nothing cached would make some.

    Attributes:
        wanted: of the block, rounded.
    """

    def __init__(self, wanted: int) -> None:
        super().__init__(f"{wanted} bytes do not fit")
        self.wanted = wanted


@dataclass(slots=True, eq=False)
class _Block:
    """A piece of a segment. `before` and `after` are its neighbours there; a whole segment has none."""

    start: int
    size: int
    is_small: bool
    before: _Block | None = None
    after: _Block | None = None
    is_free: bool = True
    requested: int = 0

    @property
    def order(self) -> tuple[int, int]:
        """The free block that is taken is the smallest that suffices, and of these the one with the lowest address."""
        return self.size, self.start


@dataclass(slots=True, eq=False)
class _Pool:
    """Free blocks, by size and address."""

    orders: list[tuple[int, int]] = field(default_factory=list)
    blocks: dict[int, _Block] = field(default_factory=dict)  # by address

    def add(self, block: _Block) -> None:
        bisect.insort(self.orders, block.order)
        self.blocks[block.start] = block

    def remove(self, block: _Block) -> None:
        del self.orders[bisect.bisect_left(self.orders, block.order)]
        del self.blocks[block.start]

    def best(self, size: int) -> _Block | None:
        """The block that fits best; it stays here."""
        at = bisect.bisect_left(self.orders, (size, 0))
        return self.blocks[self.orders[at][1]] if at < len(self.orders) else None


class CachingAllocator:
    """What torch holds of one card.

    Args:
        capacity: of the card, as far as torch may have it; None for a card that is never full.

    Attributes:
        allocated: in blocks that are in use (`torch.cuda.memory_allocated`).
        requested: of these what was asked for, rounded: up to 1 MiB less a block, as the segment came out.
        reserved: in segments (`torch.cuda.memory_reserved`), which is what other programs cannot have.
        peak_allocated, peak_reserved: the most of these since the last `reset_peaks`.
        count: blocks that were ever asked for, those that did not fit included.
        retries: how often the cache was emptied because the card was full.
    """

    def __init__(self, capacity: int | None = None) -> None:
        self.capacity = capacity
        self.allocated = self.reserved = self.requested = 0
        self.peak_allocated = self.peak_reserved = 0
        self.count = self.retries = 0
        self._free = {True: _Pool(), False: _Pool()}  # of small segments, of large ones
        self._used: dict[int, _Block] = {}  # by address
        self._end = _ROUNDING  # of all addresses that were given out; 0 is none

    def malloc(self, size: int) -> int:
        """Take a block.

        Args:
            size: at least 1; torch asks for no block for a tensor without elements.

        Returns:
            Its address, for `free`.

        Raises:
            CardFull: the card is full, even after the cache was emptied.
        """
        self.count += 1
        size = -(-size // _ROUNDING) * _ROUNDING
        is_small = size <= _SMALL
        block = self._free[is_small].best(size) or self._segment(size, is_small)
        self._free[is_small].remove(block)
        rest = block.size - size
        if rest >= _ROUNDING if is_small else rest > _SMALL:
            self._free[is_small].add(_split(block, size))
        block.is_free, block.requested = False, size
        self._used[block.start] = block
        self.allocated += block.size
        self.requested += size
        self.peak_allocated = max(self.peak_allocated, self.allocated)
        return block.start

    def free(self, address: int) -> None:
        """Give a block back to its segment, where it becomes one with free neighbours.

        Raises:
            KeyError: no block in use lies there.
        """
        block = self._used.pop(address)
        self.allocated -= block.size
        self.requested -= block.requested
        block.is_free, pool = True, self._free[block.is_small]
        for neighbour in (block.before, block.after):
            if neighbour is not None and neighbour.is_free:
                pool.remove(neighbour)
                block = _joined(*sorted((block, neighbour), key=lambda each: each.start))
        pool.add(block)

    def empty_cache(self) -> None:
        """Give the driver all segments of which nothing is in use."""
        for pool in self._free.values():
            for block in [each for each in pool.blocks.values() if each.before is None and each.after is None]:
                pool.remove(block)
                self.reserved -= block.size

    def reset_peaks(self) -> None:
        """Forget the peaks: what is held now is the most from now on."""
        self.peak_allocated, self.peak_reserved = self.allocated, self.reserved

    def replay(self, log: Iterable[tuple[Hashable, int]]) -> None:
        """Take and give back blocks as somebody has noted it down.

        Args:
            log: a name for each block and its size when it is taken, 0 when it is given back. A name may be used again
                after that; one that was never taken is ignored.
        """
        addresses: dict[Hashable, int] = {}
        for name, size in log:
            if size:
                addresses[name] = self.malloc(size)
            elif name in addresses:
                self.free(addresses.pop(name))

    def _segment(self, size: int, is_small: bool) -> _Block:
        """A new segment for a block, as one free block."""
        whole = _SMALL_SEGMENT if is_small else _LARGE_SEGMENT
        if size >= _OWN_SEGMENT:
            whole = -(-size // _OWN_ROUNDING) * _OWN_ROUNDING
        if not self._has_room(whole):
            self.retries += 1
            self.empty_cache()
            if not self._has_room(whole):
                raise CardFull(size)
        block = _Block(self._end, whole, is_small)
        self._end += whole
        self.reserved += whole
        self.peak_reserved = max(self.peak_reserved, self.reserved)
        self._free[is_small].add(block)
        return block

    def _has_room(self, size: int) -> bool:
        return self.capacity is None or self.reserved + size <= self.capacity


def _split(block: _Block, size: int) -> _Block:
    """Leave the block `size`; what is beyond it."""
    rest = _Block(block.start + size, block.size - size, block.is_small, before=block, after=block.after)
    if block.after is not None:
        block.after.before = rest
    block.size, block.after = size, rest
    return rest


def _joined(first: _Block, second: _Block) -> _Block:
    """Two neighbours as one."""
    first.size, first.after = first.size + second.size, second.after
    if second.after is not None:
        second.after.before = first
    return first
