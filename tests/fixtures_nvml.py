"""A driver for this very process: the library of tests/fake_nvml under the real bindings. Import both fixtures."""

from __future__ import annotations

import ctypes
import shutil
from collections.abc import Callable
from pathlib import Path

import pynvml
import pytest

from tests.fake_nvml import build

Driver = Callable[..., None]
STRANGER = 4194999  # the number of the process that is not ours: above the largest that Linux gives


@pytest.fixture(scope="session")
def nvml_library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The library."""
    if not build.can_build():
        pytest.skip("needs gcc, on a system with .so libraries")
    return build.build(tmp_path_factory.mktemp("driver")) / "new" / build.LIBRARY


@pytest.fixture
def driver(nvml_library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Driver:
    """Makes this process have a driver that plays a profile, until the test's end.

    The numbers of processes are as outside of a container unless `sees_all` is false. More may be said each time, as
    `FAKE_NVML_<NAME>`: `pid` of the process that is ours, the `mib` that it holds, and the bits of `throttles`.
    """
    # A file of its own: the library counts how often it was opened, and a loaded file is loaded only once.
    copy = Path(shutil.copy(nvml_library, tmp_path))
    monkeypatch.setattr(pynvml, "nvmlLib", ctypes.CDLL(str(copy)))
    monkeypatch.setattr(pynvml, "_nvmlGetFunctionPointer_cache", {})
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.delenv("CUDA_DEVICE_ORDER", raising=False)

    def play(profile: str, *, sees_all: bool = True, **said: int) -> None:
        monkeypatch.setattr("advisor.device.sees_all_processes", lambda: sees_all)
        monkeypatch.setenv("FAKE_NVML", profile)
        for name, value in said.items():
            monkeypatch.setenv(f"FAKE_NVML_{name.upper()}", str(value))

    return play
