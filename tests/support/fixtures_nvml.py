"""A driver for the readers of this process: the library of tests/fake_nvml."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

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
    `FAKE_NVML_<NAME>`: `pid` of the process that is ours, the `mib` that it holds, the names that `hang`, and others.
    What was said before stays so.
    """
    said: dict[str, object] = {}
    monkeypatch.setenv("LD_LIBRARY_PATH", str(nvml_library.parent))
    monkeypatch.setenv("FAKE_NVML_SAID", str(tmp_path / "said"))
    monkeypatch.setenv("FAKE_NVML_LOG", str(tmp_path / "noted"))
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.delenv("CUDA_DEVICE_ORDER", raising=False)

    def play(profile: str, *, sees_all: bool = True, **more: object) -> None:
        monkeypatch.setattr("advisor.device.sees_all_processes", lambda: sees_all)
        said.update({"FAKE_NVML": profile} | {f"FAKE_NVML_{name.upper()}": value for name, value in more.items()})
        lines = tmp_path / "said.new"
        lines.write_text("".join(f"{name}={value}\n" for name, value in said.items()))
        lines.replace(tmp_path / "said")

    return play
