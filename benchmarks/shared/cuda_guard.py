"""A build of torch without CUDA that lets tensors say "cuda:0": for `FakeTensorMode`, and for tests' emulated card.

What such a build lacks is a *device guard*, a small C++ object that torch looks up for each operation on a device.
`cuda_guard.cpp` is one; it is compiled when it is first wanted, against the headers that torch's wheel brings.
"""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

import torch

SOURCE = Path(__file__).with_suffix(".cpp")
_COMPILERS = ("g++", "clang++", "c++")


def missing() -> str:
    """Why no guard can be loaded here; "" where one can."""
    if sys.platform != "linux":
        return "the device guard is compiled on Linux alone"
    if torch.cuda.is_available():
        return "there is a card, whose own device guard must stay"
    return "" if _compiler() else f"there is no compiler for C++: {', '.join(_COMPILERS)}"


@cache
def load() -> None:
    """Have torch accept "cuda" as a device, until the process ends. Takes two seconds the first time.

    Raises:
        RuntimeError: it cannot be, as `missing` says; or the guard does not compile.
    """
    why = missing()
    if why:
        raise RuntimeError(why)
    with tempfile.TemporaryDirectory(prefix="fusewise-guard-") as folder:
        # Once it is loaded, the file may go: no other process shall be able to put its own in this one's place.
        ctypes.CDLL(str(_compiled(Path(folder))))


def _compiler() -> str | None:
    return next((found for name in _COMPILERS if (found := shutil.which(name))), None)


def _compiled(folder: Path) -> Path:
    """The guard as a library in `folder`."""
    compiler, library, torch_folder = _compiler(), folder / "cuda_guard.so", Path(torch.__file__).parent
    assert compiler is not None
    where = (f"-I{torch_folder / 'include'}", f"-L{torch_folder / 'lib'}", "-lc10")
    command = [compiler, "-std=c++20", "-shared", "-fPIC", "-o", str(library), str(SOURCE), *where]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{SOURCE.name} does not compile:\n{done.stderr}")
    return library
