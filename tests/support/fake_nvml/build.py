"""Compiles nvml.c into the libraries that stand in for a driver's, and says how a process is made to load one."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

SOURCE = Path(__file__).with_name("nvml.c")
VARIANTS = {"new": (), "old": ("-DOLD_DRIVER",), "ancient": ("-DOLD_DRIVER", "-DANCIENT_DRIVER")}
SHARE_SOURCE, SHARE = SOURCE.with_name("share.c"), "share.so"
LIBRARY = "libnvidia-ml.so.1"


def can_build() -> bool:
    """Whether there is a compiler, and a system on which such a library is looked for."""
    return os.name == "posix" and shutil.which("gcc") is not None


def build(folder: Path) -> Path:
    """Compile every variant into a folder of its name, and one, "none", whose library is no library.

    Raises:
        subprocess.CalledProcessError: the source does not compile.
    """
    for variant, flags in VARIANTS.items():
        out = folder / variant / LIBRARY
        out.parent.mkdir()
        command = ["gcc", "-shared", "-fPIC", "-Wall", "-Wextra", "-Werror", *flags, "-o", str(out), str(SOURCE)]
        subprocess.run(command, check=True, capture_output=True, text=True)
    command = [
        "gcc",
        "-shared",
        "-fPIC",
        "-Wall",
        "-Wextra",
        "-Werror",
        "-o",
        str(folder / SHARE),
        str(SHARE_SOURCE),
        "-ldl",
    ]
    subprocess.run(command, check=True, capture_output=True, text=True)
    nothing = folder / "none" / LIBRARY
    nothing.parent.mkdir()
    nothing.write_bytes(b"")  # found before a real driver's, where the machine has one, and refused
    return folder


def environment(built: Path, profile: str, variant: str, extra: dict[str, str]) -> dict[str, str]:
    """The environment of a process that takes a variant for its driver. What the library notes is in FAKE_NVML_LOG."""
    file, log = tempfile.mkstemp(dir=built)
    os.close(file)
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("CUDA_")}
    return inherited | {"LD_LIBRARY_PATH": str(built / variant), "FAKE_NVML": profile} | extra | {"FAKE_NVML_LOG": log}
