"""Whether the doctor finds each fault of a machine and invents none: `benchmarks.diagnosis --environment` runs it.

One line of JSON for each machine of `benchmarks.diagnosis.machines`, and one that sums up.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil

from advisor.device.processes import look_around
from advisor.diagnosis import Cause
from advisor.health import doctor, examine_environment
from benchmarks.diagnosis.machines import FAULTY, HEALTHY, Machine
from benchmarks.shared.common import ROOT, Timing, record
from fusion.config import Config
from tests.support.fake_nvml import build

_LOOKS = 20
_LIMIT_S = 1.0  # for one look


def run(name: str = "diagnosis_environment") -> bool:
    """Look at every machine and write what was found to `results/<name>.jsonl`.

    Returns:
        Whether every fault was found, none was invented, and a look takes less than a second.
    """
    with tempfile.TemporaryDirectory() as folder:
        libraries = build.build(Path(folder))
        lines = []
        for number, machine in enumerate((*FAULTY, *HEALTHY)):
            lines.append(_examined(machine, libraries, Path(folder) / f"data-{number}"))
            record(name, lines[-1])
            print(_told(lines[-1]))
    summary = _summary(lines, _seconds())
    record(name, summary)
    print(json.dumps(summary))
    return bool(summary["passed"])


def _examined(machine: Machine, libraries: Path, data: Path) -> dict[str, Any]:
    """What the doctor says of a machine, and whether it is right."""
    data.mkdir()
    line: dict[str, Any] = {"machine_name": machine.name, "how": machine.how, "expected": machine.cause}
    if machine.words and shutil.which(machine.words[0]) is None:
        return line | {"found": None, "invented": [], "why": f"{machine.words[0]} is not here"}
    with machine.made(data) if machine.made else contextlib.nullcontext() as pid:
        neighbours = _neighbours()
        done = subprocess.run(
            [*(word.replace("{data}", str(data)) for word in machine.words), *_LOOK],
            env=_environ(machine, libraries, data),
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        neighbours |= _neighbours()
    if done.returncode:
        return line | {"found": None, "invented": [], "why": done.stderr.strip().splitlines()[-1:]}
    said = json.loads(done.stdout)["findings"]
    right = [each for each in said if each["cause"] == machine.cause and pid in (None, each["evidence"].get("pid"))]
    true = {Cause.SECOND_APP} if neighbours else set()  # with theirs, ours may well be the second one
    others = [each["cause"] for each in said if each not in right and each["cause"] not in true]
    line |= {"found": bool(right) if machine.cause else None, "invented": others, "neighbours": len(neighbours)}
    return line | {"says": [each["text"] for each in right], "level": right[0]["level"] if right else None}


def _neighbours() -> set[int]:
    """Fusewises that somebody else runs on this machine now."""
    ours = {child.pid for child in psutil.Process().children(recursive=True)}
    return {app.pid for app in look_around((), ()).apps} - ours


_LOOK = (sys.executable, "-m", "advisor", "doctor", "--json")


def _environ(machine: Machine, libraries: Path, data: Path) -> dict[str, str]:
    """For the process that looks: which driver it finds, and which PyTorch."""
    extra = {"FUSEWISE_DATA": str(data), **machine.environ}
    if not machine.profile:
        return {name: value for name, value in os.environ.items() if not name.startswith("CUDA_")} | extra
    torch = data.parent / f"{data.name}-torch"
    (torch / "torch").mkdir(parents=True)
    built_for = repr(machine.torch_cuda or None)
    (torch / "torch" / "version.py").write_text(f"cuda: Optional[str] = {built_for}\n", encoding="utf-8")
    (torch / "torch" / "__init__.py").touch()
    return build.environment(libraries, machine.profile, "new", extra | {"PYTHONPATH": str(torch)})


def _seconds() -> Timing:
    """Of a look with its judgement, in a process that has looked before."""
    config, taken = Config(), []
    for _ in range(_LOOKS):
        began = time.perf_counter()
        doctor(examine_environment(config))
        taken.append(time.perf_counter() - began)
    return Timing.of(taken)


def _summary(lines: list[dict[str, Any]], looks: Timing) -> dict[str, Any]:
    faulty = [line for line in lines if line["expected"] is not None]
    invented = sum(bool(line["invented"]) for line in lines)
    found = sum(bool(line["found"]) for line in faulty)
    return {
        "machine_name": "all",
        "faults": len(faulty),
        "found": found,
        "healthy": len(lines) - len(faulty),
        "not_played": sum("why" in line for line in lines),
        "with_inventions": invented,
        "look": looks.to_json(),
        "passed": found == len(faulty) and not invented and looks.high < _LIMIT_S,
    }


def _told(line: dict[str, Any]) -> str:
    if "why" in line:
        verdict = f"not played: {line['why']}"
    else:
        verdict = {True: "found", False: "MISSED", None: "healthy"}[line["found"]]
        verdict += f", INVENTED {', '.join(line['invented'])}" if line["invented"] else ""
    return f"{line['machine_name']:50}{verdict}"


if __name__ == "__main__":
    sys.exit(0 if run() else 1)
