"""Small disks and read-only ones, really mounted, for tests of what becomes of full ones; skipped where none can be."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

MIB = 1024**2
Mount = Callable[..., Path]


@pytest.fixture
def mount(tmp_path: Path) -> Iterator[Mount]:
    """Mounts a disk of so many MiB in memory, or an existing folder once more as read-only; all are gone afterwards."""
    mounted: list[Path] = []

    def run(*words: str) -> None:
        done = subprocess.run(["mount", *words], capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.skip(f"nothing can be mounted here: {done.stderr.strip()}")

    def mount(megabytes: int = 0, *, read_only: Path | None = None) -> Path:
        at = read_only or tmp_path / f"disk{len(mounted)}"
        at.mkdir(exist_ok=True)
        if read_only is None:
            run("-t", "tmpfs", "-o", f"size={megabytes}m,mode=700", "tmpfs", str(at))
        else:
            run("--bind", str(at), str(at))
            mounted.append(at)
            run("-o", "remount,bind,ro", str(at))
            return at
        mounted.append(at)
        return at

    with contextlib.suppress(FileNotFoundError):
        yield mount
    for at in reversed(mounted):
        subprocess.run(["umount", "--lazy", str(at)], check=True)


def fill(folder: Path, *, but: int = 0) -> Path:
    """Write a file until nothing more fits on the disk, or all but so many bytes; the file."""
    stuffing = folder / "stuffing"
    with stuffing.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        for size in (MIB, 64 * 1024, 4096):
            with contextlib.suppress(OSError):
                while True:
                    file.write(b"\1" * size)
    if but:
        os.truncate(stuffing, stuffing.stat().st_size - but)
    return stuffing
