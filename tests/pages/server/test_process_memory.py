"""What is freed keeps nothing of what it was."""

from __future__ import annotations

import subprocess
import sys

import pytest

_FREED = """
import ctypes
from pages.parts.server.process_memory import give_back_freed_memory

give_back_freed_memory()
libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
libc.malloc.argtypes = [ctypes.c_size_t]
libc.free.argtypes = [ctypes.c_void_p]
for size in (3_000, 20_000, 60_000):
    held, _stays = libc.malloc(size), libc.malloc(size)
    ctypes.memset(held, ord("p"), size)
    libc.free(held)
    left = ctypes.string_at(held, size).count(b"pppp")
    assert not left, f"{left} of {size} bytes"
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="glibc's malloc is Linux's")
def test_what_is_freed_is_overwritten() -> None:
    done = subprocess.run([sys.executable, "-c", _FREED], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
