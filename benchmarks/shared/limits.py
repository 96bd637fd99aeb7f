"""A limit on the memory of one process and all that it starts, from before it takes any (Linux).

A control group below our own, where one can be made: it counts what the process holds alone. Pages of library files
that others have mapped already are not charged to it, though the process is said to hold them: whoever limits what is
resident takes them off the limit (`Rest.shared_bytes`). Else the address space, which also counts what is mapped and
never touched (`Rest.untouched_bytes`).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from benchmarks.shared.common import ROOT
from fusion.units import GIB
from fusion.worker.supervisor import WORKER_ENVIRONMENT

_CHILD = f"fusewise-benchmark-{os.getpid()}"  # several may run at once
_PROBE = """
import json
from pathlib import Path
from fusion.memory import budget
from fusion.pipeline import Pipeline
with Pipeline(device="cpu") as pipeline:
    pipeline.warm_up()
    budget.give_back()
    lines = Path("/proc/self/status").read_text().splitlines()
print(json.dumps({line.split(":")[0]: int(line.split()[1]) * 1024 for line in lines if line.endswith(" kB")}))
"""


class Way(StrEnum):
    """How memory is limited."""

    V1 = "cgroup v1"
    V2 = "cgroup v2"
    ADDRESSES = "RLIMIT_AS"


_ROOTS = {Way.V1: Path("/sys/fs/cgroup/memory"), Way.V2: Path("/sys/fs/cgroup")}
_FILES = {Way.V1: "memory.limit_in_bytes", Way.V2: "memory.max"}


@dataclass(frozen=True, slots=True)
class Rest:
    """What a worker holds that has only warmed up.

    Attributes:
        shared_bytes: of its resident memory, pages of files.
        untouched_bytes: of its address space, what is not resident.
    """

    resident_bytes: int
    shared_bytes: int
    untouched_bytes: int


def rest() -> Rest:
    """Found out in a process of its own."""
    said = subprocess.run(
        [sys.executable, "-c", _PROBE],
        cwd=ROOT,
        env={**WORKER_ENVIRONMENT, **os.environ},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    facts = json.loads(said.splitlines()[-1])
    return Rest(facts["VmRSS"], facts["RssFile"], facts["VmSize"] - facts["VmRSS"])


def find() -> Way:
    """The best way that works here."""
    for way in (Way.V1, Way.V2):
        try:
            with limited(GIB, way):
                return way
        except OSError:
            continue
    return Way.ADDRESSES


def limit_for(resident_bytes: int, way: Way, at_rest: Rest) -> int:
    """The limit under which so much may be resident."""
    if way == Way.ADDRESSES:
        return resident_bytes + at_rest.untouched_bytes
    return resident_bytes - at_rest.shared_bytes


@contextmanager
def limited(limit_bytes: int, way: Way) -> Iterator[tuple[str, ...]]:
    """A prefix for the command of a process that shall have no more.

    Raises:
        OSError: no control group can be made.
    """
    if way == Way.ADDRESSES:
        yield ("sh", "-c", f'ulimit -v {limit_bytes // 1024} && exec "$@"', "sh")
        return
    folder = _own(way) / _CHILD
    folder.mkdir(exist_ok=True)
    try:
        (folder / _FILES[way]).write_text(str(limit_bytes))
        yield ("sh", "-c", f'echo $$ > "{folder}/cgroup.procs" && exec "$@"', "sh")
    finally:
        folder.rmdir()


def _own(way: Way) -> Path:
    """The control group of this process."""
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        if (way == Way.V2 and not controllers) or (way == Way.V1 and "memory" in controllers.split(",")):
            folder = _ROOTS[way] / path.lstrip("/")
            return folder if folder.is_dir() else _ROOTS[way]
    raise OSError(f"there is no {way}")
