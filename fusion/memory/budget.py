"""How much memory may be used, what the system took when it ran out, and giving back what is not needed.

Never imports torch: where a graphics card is in use, torch has been imported by whoever uses it.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import platform
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil

from fusion.units import MIB

GROUPS, MOUNTED = Path("/proc/self/cgroup"), Path("/sys/fs/cgroup")
# What is left alone on a card: 400 MiB, and 600 to 700 MiB under Windows, is what ComfyUI leaves. Windows' drivers page
# before a card is full and on large cards sooner: a sixteenth of a 12 GiB card was found enough where 512 MiB were not.
_LINUX_CARD, _WINDOWS_CARD, _WINDOWS_SHARE = 400 * MIB, 700 * MIB, 16
_UNLIMITED = 1 << 60  # cgroup v1 says "no limit" with a number near 2^63


def free_bytes(device: str = "cpu") -> int:
    """What may still be used.

    Args:
        device: "cpu", or "cuda" or "cuda:N" in a process that has imported torch.

    Returns:
        On a card what is free there and what torch keeps there without using it; on the host the least of what the
        system has available and of what the process's control group and its address-space limit leave.
    """
    if device.startswith("cuda"):
        cuda = sys.modules["torch"].cuda
        kept = cuda.memory_reserved(device) - cuda.memory_allocated(device)
        return int(cuda.mem_get_info(device)[0]) + int(kept)
    return max(0, min((left_bytes(), *_left_in_limits())))


def spare_bytes(device: str) -> int:
    """What a job may take of a card, "cuda" or "cuda:N": what is free, but for what is left alone."""
    total = int(sys.modules["torch"].cuda.mem_get_info(device)[1])
    is_paged = sys.platform == "win32" or "microsoft" in platform.release().lower()  # the second: WSL
    return free_bytes(device) - left_on_card(total, is_paged=is_paged)


def left_on_card(total_bytes: int, *, is_paged: bool) -> int:
    """What is left alone of a card, for the display and whoever else comes.

    Args:
        is_paged: whether its driver is Windows', which moves memory to the host before a card is full.
    """
    return max(_WINDOWS_CARD, total_bytes // _WINDOWS_SHARE) if is_paged else _LINUX_CARD


def left_bytes(groups: Path = GROUPS, mounted: Path = MOUNTED) -> int:
    """What may still be used by this process and all others of its control group together."""
    return max(0, min((psutil.virtual_memory().available, *_left_in_groups(groups, mounted))))


def total_bytes(groups: Path = GROUPS, mounted: Path = MOUNTED) -> int:
    """What they may use in all: the machine's memory, or less of it in a container."""
    return max(1, min((int(psutil.virtual_memory().total), *group_limits(groups, mounted))))


def card_bytes() -> int:
    """What the card has, in a process that has imported torch."""
    return int(sys.modules["torch"].cuda.mem_get_info()[1])


class HostPeak:
    """Peak resident memory of this process since it was made.

    The peak belongs to the process: of several, the youngest counts. Where the system cannot forget an older peak
    (it can on Linux, by `clear_refs` 5, unless a container forbids it), the figure is the resident size when read.
    """

    def __init__(self) -> None:
        self._resettable = False
        if sys.platform == "linux":
            with contextlib.suppress(OSError):  # a hardened container
                Path("/proc/self/clear_refs").write_text("5")
                self._resettable = True

    def read(self) -> int:
        """Bytes."""
        return peak_bytes() if self._resettable else resident_bytes()


def peak_bytes() -> int:
    """Peak resident memory of this process since the youngest `HostPeak`; resident now where the system keeps none."""
    if sys.platform == "linux":
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return resident_bytes()


def resident_bytes() -> int:
    """What this process holds of the host's memory now."""
    return int(psutil.Process().memory_info().rss)


def private_bytes() -> int:
    """Of that what no other process shares, and nobody else needs: it is free once this one has ended."""
    held = psutil.Process().memory_info()
    return max(0, int(held.rss) - int(getattr(held, "shared", 0)))  # Linux alone tells them apart


def give_back(device: str = "") -> None:
    """Free what nothing refers to, on the host and on a card, and let the system have it.

    Only works outside of the `except` block: an error keeps every frame that it came through, and what they hold.

    Args:
        device: "cpu" where no card is used; "": a card is seen to where this process has one in use.
    """
    gc.collect()
    trim()
    if device.startswith("cuda") or (not device and _uses_card()):
        sys.modules["torch"].cuda.empty_cache()


@contextlib.contextmanager
def capped(size: int) -> Iterator[None]:
    """Within, torch may have so many bytes of the card that it uses; what more it asks for is out of memory."""
    cuda = sys.modules["torch"].cuda
    total = cuda.mem_get_info()[1]
    cuda.set_per_process_memory_fraction(min(1.0, size / total))
    try:
        yield
    finally:
        cuda.set_per_process_memory_fraction(1.0)


def settle() -> None:
    """As `give_back`; and have later searches for garbage pass over all that is there now, such as modules and models.

    A process with torch and MediaPipe has 260,000 objects, and a search of them took 220 ms of a core: after each job,
    before each tile of the second stage, and now and then in the midst of one. After this it takes 0.2.
    """
    give_back()
    gc.freeze()


def unsettle() -> None:
    """Have them look at everything again: before what was there is given up."""
    gc.unfreeze()


def _uses_card() -> bool:
    torch = sys.modules.get("torch")
    return torch is not None and torch.cuda.is_initialized()


def trim() -> None:
    """Let the system have what is free already. Takes a few ms, where looking for garbage holds up every thread."""
    if sys.platform == "linux" and hasattr(ctypes.pythonapi, "malloc_trim"):
        ctypes.pythonapi.malloc_trim(0)  # glibc keeps what was freed, for the life of the process


def _left_in_limits() -> Iterator[int]:
    """Under the address-space limit (`ulimit -v`)."""
    for soft in _address_space():
        yield soft - int(psutil.Process().memory_info().vms)


def _address_space() -> Iterator[int]:
    with contextlib.suppress(ImportError):  # Windows has no such limits
        import resource

        soft, _ = resource.getrlimit(resource.RLIMIT_AS)
        if soft != resource.RLIM_INFINITY:
            yield soft


def oom_kills(groups: Path = GROUPS, mounted: Path = MOUNTED) -> int | None:
    """How many processes of this one's control group, and below it, the system has ended because memory ran out.

    The group is shared with the processes that this one starts. None where the system does not say.
    """
    for folder, is_new in folders(groups, mounted):
        with contextlib.suppress(OSError):
            for line in (folder / ("memory.events" if is_new else "memory.oom_control")).read_text().splitlines():
                name, _, count = line.partition(" ")
                if name == "oom_kill":
                    return int(count)
    return None


def limits(groups: Path = GROUPS, mounted: Path = MOUNTED) -> tuple[int, ...]:
    """How much this process may use in all, in bytes, by each limit that there is; () where nothing limits it."""
    return (*(most for most in _address_space() if most < _UNLIMITED), *group_limits(groups, mounted))


def group_limits(groups: Path = GROUPS, mounted: Path = MOUNTED) -> tuple[int, ...]:
    """The same of its control group, as a container sets it, and of each group above: shared with its children."""
    return tuple(most for folder, is_new in folders(groups, mounted) for most in _limits_of(folder, is_new))


def _limits_of(folder: Path, is_new: bool) -> Iterator[int]:
    """Beyond `memory.high` a group is slowed down until it gives memory back: no place to work at."""
    for name in ("memory.max", "memory.high") if is_new else ("memory.limit_in_bytes",):
        with contextlib.suppress(OSError, ValueError):  # ValueError: "max", no limit
            most = int((folder / name).read_text())
            if most < _UNLIMITED:
                yield most


def _left_in_groups(groups: Path = GROUPS, mounted: Path = MOUNTED) -> Iterator[int]:
    """Under the limit of the process's control group and of each group above it; nothing where there is none."""
    for folder, is_new in folders(groups, mounted):
        with contextlib.suppress(OSError, ValueError):
            used = int((folder / ("memory.current" if is_new else "memory.usage_in_bytes")).read_text())
            cache = _cache(folder, "" if is_new else "total_")
            yield from (most - used + cache for most in _limits_of(folder, is_new))


def _cache(folder: Path, of_all: str) -> int:
    """What a group holds for files and gives up when memory is asked for, as the kernel counts for the whole machine.

    Not what processes have mapped of it: that is the code they run, and theirs already.
    """
    counts = dict(line.split(" ", 1) for line in (folder / "memory.stat").read_text().splitlines())
    count = {name: int(counts.get(of_all + name, 0)) for name in ("inactive_file", "active_file", "slab_reclaimable")}
    mapped = int(counts.get(f"{of_all}mapped_file", counts.get("file_mapped", 0)))
    files = count["inactive_file"] + count["active_file"]
    return max(0, files - mapped) + count["slab_reclaimable"]


def folders(groups: Path, mounted: Path, controller: str = "memory") -> Iterator[tuple[Path, bool]]:
    """The process's control groups for a controller, each before those above it, and whether they are of version 2.

    Args:
        groups: the kernel's list of the process's groups.
        mounted: where the groups lie.
    """
    try:
        lines = groups.read_text().splitlines()
    except OSError:
        return
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controllers and controller not in controllers.split(","):
            continue
        root = mounted / controller if controllers else _newer(mounted)
        group = root / path.lstrip("/")
        # Within a container the path may be the host's: whatever of it is not there is skipped, the root is there.
        for folder in (group, *(each for each in group.parents if each == root or root in each.parents)):
            yield folder, not controllers


def _newer(mounted: Path) -> Path:
    """Where groups of version 2 lie: beside those of version 1 they have a folder of their own."""
    beside = mounted / "unified"
    return beside if beside.is_dir() else mounted
