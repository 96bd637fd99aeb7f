"""What the benchmarks share: reading photos, and writing down a figure together with where it comes from."""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

import psutil

from fusion.errors import FusionError
from fusion.photos import Photo, decode, samples
from fusion.pipeline import Pipeline
from fusion.provenance import VERSION
from fusion.types import Role
from fusion.units import GIB

ROOT = Path(__file__).resolve().parents[2]
RESULTS = Path(os.environ.get("FUSEWISE_RESULTS") or ROOT / "benchmarks" / "results")
PACKAGES = (
    "torch", "numpy", "opencv-python", "opencv-python-headless", "mediapipe", "onnxruntime", "modelscope", "streamlit"
)  # fmt: skip
PHOTO_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".heic", ".heif", ".avif", ".tif", ".tiff", ".bmp")


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds of `runs` runs."""

    runs: int
    median: float
    low: float
    high: float

    @classmethod
    def of(cls, seconds: Sequence[float]) -> Timing:
        """Of at least one run."""
        return cls(len(seconds), statistics.median(seconds), min(seconds), max(seconds))

    def to_json(self) -> dict[str, float | int]:
        """Seconds, rounded to 0.1 ms."""
        spread = {"median_s": self.median, "min_s": self.low, "max_s": self.high}
        return {"runs": self.runs, **{name: round(value, 4) for name, value in spread.items()}}

    def __str__(self) -> str:
        return f"{self.median:.3f} s ({self.low:.3f} to {self.high:.3f}, n = {self.runs})"


@dataclass(frozen=True, slots=True, eq=False)
class Portrait:
    """A photo and the name that reports give it."""

    name: str
    target: Photo
    source: Photo


def record(name: str, facts: dict[str, Any]) -> None:
    """Append `facts` with their birth certificate as one line to `results/<name>.jsonl`.

    The line says when, in which run of the script (the moment of its start), on which processor, with which versions,
    of which commit, and how busy the machine was before.
    It holds no host name, user name or path.
    """
    line = {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "run": _RUN,
        "machine": machine(),
        "versions": versions(),
    }
    RESULTS.mkdir(parents=True, exist_ok=True)
    with (RESULTS / f"{name}.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps({**line, **facts}, ensure_ascii=False) + "\n")


def machine() -> dict[str, Any]:
    """Processor, cores that this process may use, memory, graphics card, and the load of the last minute."""
    import torch

    gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else None
    return {
        "system": f"{platform.system()} {platform.machine()}",
        "cpu": _cpu(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "memory_gib": round(psutil.virtual_memory().total / GIB, 1),
        "gpu": gpu,
        "load_1m": round(_LOAD, 2),
    }


def versions() -> dict[str, str]:
    """Of Fusewise, its commit, Python and the packages that do the work, as far as they are installed."""
    packages = {name: metadata.version(name) for name in PACKAGES if _is_installed(name)}
    return {"fusewise": VERSION, "commit": _commit(), "python": platform.python_version(), **packages}


_RUN = datetime.now(UTC).isoformat(timespec="seconds")
# As the script starts: later it would measure the benchmark itself.
_LOAD = psutil.getloadavg()[0]


def _cpu() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _is_installed(package: str) -> bool:
    try:
        metadata.version(package)
    except metadata.PackageNotFoundError:
        return False
    return True


def _commit() -> str:
    """The commit, with a plus sign where tracked files of the program differ from it; "unknown" outside git."""

    def git(*words: str) -> str:
        return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()

    try:
        changed = git("status", "--porcelain", "--untracked-files=no", "--", "*.py", "*.js", "requirements.txt")
        return git("rev-parse", "--short", "HEAD") + ("+" if changed else "")
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def forget(pipeline: Pipeline) -> None:
    """Make the pipeline do a whole job again: it remembers the faces of photos and the layers of fusions.

    A server is right to remember, a benchmark of the whole job is not. Models and warmed-up kernels stay.
    """
    pipeline.forget()


def sample_portraits() -> list[Portrait]:
    """The sample pair, which may be named: both photos are in the public domain."""
    return [_portrait(name, data) for name, data in zip(("astronaut", "admiral"), samples.sample_pair(), strict=True)]


def portraits(places: Sequence[Path]) -> list[Portrait]:
    """The photos in folders, or given one by one, called portrait-1 and so on in the order of their file names."""
    found: list[Portrait] = []
    for path in sorted(_files(places)):
        try:
            found.append(_portrait(f"portrait-{len(found) + 1}", path.read_bytes()))
        except FusionError as error:
            print(f"left out {path.name}: {error}", file=sys.stderr)
            continue
        print(f"{found[-1].name} is {path.name}")  # on the terminal alone: results hold no names of people
    return found


def _files(places: Sequence[Path]) -> Iterator[Path]:
    for place in places:
        if not place.is_dir():
            yield place
            continue
        yield from (path for path in place.iterdir() if path.suffix.lower() in PHOTO_SUFFIXES)


def _portrait(name: str, data: bytes) -> Portrait:
    return Portrait(name, decode.read(data, Role.TARGET), decode.read(data, Role.SOURCE))


def verdict(good: bool) -> str:
    """The word for a figure beside its bar."""
    return "pass" if good else "MISS"
