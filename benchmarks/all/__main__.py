"""Every row of the table of speed in one command: each by the script that measures it, with its peer in the same run.

    python -m benchmarks.all [--only landmark advice …] [--list]

Rows that need the unet model's weights are measured with random ones. Each script writes its lines to `results/`; the
table below says what they come to, medians with n, beside what is aimed at. It takes about an hour, most of it unet's.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from benchmarks.shared.common import ROOT, verdict
from benchmarks.shared.lines import Line, lines
from fusion.units import GIB

Timings = Mapping[str, Any]
Figure = tuple[float, float | None, int]  # ours, the peer's, n
Pick = Callable[[Line], Figure | None]

_TIERS = ("512", "1024", "2048")
_STAGES = {"off": "one stage", "on": "two stages"}


@dataclass(frozen=True, slots=True)
class Row:
    """A figure of a script's lines.

    `aim` in its unit, None where the aim is the peer. `pick`: what a line says, of ours and of the peer; None where the
    line is not of this row.
    """

    what: str
    results: str
    pick: Pick
    aim: float | None
    unit: str = "s"


@dataclass(frozen=True, slots=True)
class Script:
    """A module with its arguments, and the rows that it fills."""

    words: tuple[str, ...]
    rows: tuple[Row, ...]


def _landmark(case: str, tier: str) -> Pick:
    def pick(line: Line) -> Figure | None:
        if (line.get("case"), line.get("tier")) != (case, tier):
            return None
        return _median(line["fusewise"]), _median(line["plain_opencv"]), line["fusewise"]["runs"]

    return pick


def _point(engine: str, side: int, two_stage: str, key: str) -> Pick:
    def pick(line: Line) -> Figure | None:
        wanted = ("point", engine, side, two_stage)
        if tuple(line.get(name) for name in ("part", "engine", "side", "two_stage")) != wanted or key not in line:
            return None
        return line[key] / (GIB if key == "peak_bytes" else 1), None, line["runs"]

    return pick


def _advice(line: Line) -> Figure | None:
    if (line.get("part"), line.get("photos")) != ("speed", "large"):
        return None
    return _median(line["from_photos"]), None, line["from_photos"]["runs"]


def _app(key: str) -> Pick:
    return lambda line: (_median(line[key]), None, line[key]["runs"]) if key in line else None


def _web(line: Line) -> Figure | None:
    return max(run["web_mib"] for run in line["runs"]), None, len(line["runs"])


def _unet(line: Line) -> Figure | None:
    """The model's own code is the peer."""
    if line.get("part") != "time" or line.get("side") != 1024 or line.get("precision") != "float32":
        return None
    return _median(line["fusewise"]), _median(line["stock"]), line["fusewise"]["runs"]


def _median(timing: Timings) -> float:
    return float(timing["median_s"])


SCRIPTS: Mapping[str, Script] = {
    "landmark": Script(
        ("landmark",),
        (
            *(Row(f"landmark, sample pair, {t}²", "landmark", _landmark("sample", t), None) for t in _TIERS),
            Row("landmark, close to the face, 1024²", "landmark", _landmark("close", "1024"), 0.32),
            Row("landmark, close to the face, 2048²", "landmark", _landmark("close", "2048"), 0.9),
        ),
    ),
    "large": Script(
        ("resolution", "--sides", "8192", "--runs", "1"),
        tuple(
            Row(f"landmark 8192², {name}", "resolution", _point("landmark", 8192, stages, key), aim, unit)
            for stages, name in _STAGES.items()
            for key, aim, unit in (("fusion_s", 6.0, "s"), ("peak_bytes", 1.2, "GiB"))
        ),
    ),
    "advice": Script(("advisor", "--speed"), (Row("photos of 3400² → advice", "advisor", _advice, 0.3),)),
    "app": Script(
        ("app",),
        (
            Row("press to picture, 512, warm", "app", _app("next_picture"), 0.6),
            Row("4096 on the page, beyond the job", "app", _app("large_beyond"), 1.0),
            Row("web process", "app", _web, 300.0, "MiB"),
        ),
    ),
    "unet": Script(
        ("unet", "--sides", "1024", "--precisions", "float32", "--no-fresh", "--runs", "3"),
        (Row("unet 1024, enhancer, float32", "unet", _unet, None),),
    ),
    "unet two-stage": Script(
        ("resolution", "--make-weights", "--sides", "2048", "4096", "--runs", "1"),
        tuple(
            Row(f"unet {side}², {name}", "resolution", _point("unet", side, stages, "fusion_s"), None)
            for side in (2048, 4096)
            for stages, name in _STAGES.items()
        ),
    ),
}


def run(script: Script) -> bool:
    """Whether a script came to its end."""
    words = [sys.executable, "-m", f"benchmarks.{script.words[0]}", *script.words[1:]]
    print("\n$", *words[1:], flush=True)
    done = subprocess.run(words, cwd=ROOT, check=False)
    return done.returncode in (0, 1)  # 1: a bar was missed


def table(names: list[str], since: str) -> list[str]:
    """The rows of some scripts, from the lines since a moment (ISO 8601)."""
    told = ["| work | measured | n | beside it | aim | |", "|---|---|---|---|---|---|"]
    for row in (row for name in names for row in SCRIPTS[name].rows):
        picked = [row.pick(line) for line in lines(row.results) if line["date"] >= since]
        found = next((each for each in reversed(picked) if each is not None), None)
        told.append(_told(row, found))
    return told


def _told(row: Row, found: Figure | None) -> str:
    if found is None:
        return f"| {row.what} | not measured | | | {_shown(row.aim, row.unit)} | |"
    ours, peer, runs = found
    bar = row.aim if row.aim is not None else peer
    word = "" if bar is None else verdict(ours <= bar)
    cells = row.what, _shown(ours, row.unit), runs, _shown(peer, row.unit), _shown(bar, row.unit), word
    return f"| {' | '.join(map(str, cells))} |"


def _shown(value: float | None, unit: str) -> str:
    return "" if value is None else f"{value:.3g} {unit}"


def main() -> int:
    """Run the command line; 1 where a script broke off."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=tuple(SCRIPTS), default=list(SCRIPTS), help="which scripts")
    parser.add_argument("--list", action="store_true", help="run nothing: the table from the newest lines there are")
    given = parser.parse_args()
    since = "" if given.list else datetime.now(UTC).isoformat(timespec="seconds")
    broken = [name for name in given.only if not given.list and not run(SCRIPTS[name])]
    print("\n" + "\n".join(table(given.only, since)))
    if broken:
        print("\nbroke off:", ", ".join(broken))
    return int(bool(broken))


if __name__ == "__main__":
    sys.exit(main())
