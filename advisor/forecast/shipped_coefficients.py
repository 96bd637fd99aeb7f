"""The coefficients that come with Fusewise, from advisor/forecast/coefficients/*.json.

A processor's were measured on another machine, a card's traced without a card: a file's `basis` says which.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from advisor.device import compute_target
from advisor.forecast.kinds import Regime, Step
from advisor.forecast.model import CONTEXT_BYTES, READING, Coefficients, Line, Source
from fusion.memory import strips
from fusion.types import EngineName, Precision, Stage

FOLDER = Path(__file__).parent / "coefficients"

# Where nothing was ever measured. Tensors are the same on every device, so that what a fusion takes above its rest is
# about what it takes on a processor; a card's libraries add workspaces, which nobody can foretell: the bound is twice
# as much (facts: spread between back ends is about two).
ESTIMATED_HIGH = 2.0
_HALVES = (Precision.BFLOAT16, Precision.FLOAT16)


@cache
def shipped(kind: compute_target.Kind) -> Coefficients:
    """What is known of devices of a kind before anything was measured on this machine.

    A file that was measured on such a device, or traced for it, comes first; what it lacks is estimated from the
    processor's.
    """
    found = with_halves(loads((FOLDER / "cpu.json").read_text(encoding="utf-8")))
    if kind == compute_target.Kind.CPU:
        return found
    estimated = on_card(found)
    own = FOLDER / "cuda.json"
    if not own.exists():
        return estimated
    known = loads(own.read_text(encoding="utf-8"))
    guessed = {regime: line for regime, line in estimated.memory.items() if regime.likest not in known.memory}
    return replace(
        known, loaded_bytes={**estimated.loaded_bytes, **known.loaded_bytes}, memory={**guessed, **known.memory}
    )


def with_halves(known: Coefficients) -> Coefficients:
    """With the unet engine's half precisions, where only float32 was measured: half its networks, half its tensors."""
    full = known.loaded_bytes.get(Precision.FLOAT32, 0)
    loaded = {precision: full // 2 for precision in _HALVES} | dict(known.loaded_bytes)
    memory = dict(known.memory)
    for regime, line in known.memory.items():
        if regime.engine == EngineName.UNET and regime.precision == Precision.FLOAT32:
            half = _estimated(replace(line, coefficients=tuple(each / 2 for each in line.coefficients)))
            memory = {replace(regime, precision=precision): half for precision in _HALVES} | memory
    return replace(known, loaded_bytes=loaded, memory=memory)


def on_card(known: Coefficients) -> Coefficients:
    """An estimate for a graphics card, from a processor's coefficients. Seconds are unknown."""
    memory = {regime: _estimated(_whole(regime, line)) for regime, line in known.memory.items()}
    return Coefficients(CONTEXT_BYTES, known.loaded_bytes, memory, {}, {}, reads_there=False)


def _whole(regime: Regime, line: Line) -> Line:
    """Of maps that are made whole, as on a card with room for them: a processor makes the enhancer's in strips."""
    if regime.kind != "enhanced":
        return line
    first, *others = line.coefficients
    return replace(line, coefficients=(first + strips.saved_bytes(strips.LEAST, regime.precision), *others))


def _estimated(line: Line) -> Line:
    high = max(ESTIMATED_HIGH, line.high)
    return replace(line, low=min(line.low, 1 / ESTIMATED_HIGH), high=high, source=Source.ESTIMATED, points=0)


def loads(text: str) -> Coefficients:
    """Coefficients from the text of a file.

    Raises:
        KeyError, TypeError, ValueError: it is no such file.
    """
    data = json.loads(text)
    source = Source(data.get("basis", Source.ELSEWHERE))
    below, above = data.get("margin_bytes", (0, 0))
    return Coefficients(
        rest_bytes=int(data["rest_bytes"]),
        loaded_bytes={Precision(name): int(count) for name, count in data["loaded_bytes"].items()},
        memory={_regime(each): _line(each, source) for each in data["memory"]},
        seconds={_step(each): _line(each, source) for each in data["seconds"]},
        spread={EngineName(name): (float(low), float(high)) for name, (low, high) in data["spread"].items()},
        margin_bytes=(int(below), int(above)),
        reads_there=bool(data.get("reads_there", True)),
        reading=_line(data["reading"], source) if "reading" in data else READING,
        loading={Precision(name): _line(each, source) for name, each in data.get("loading", {}).items()},
    )


def dumps(known: Coefficients, provenance: Mapping[str, Any]) -> str:
    """The text of a file.

    Args:
        provenance: device, date, script, errors: whatever says where the numbers come from, under names of its own.
    """
    data = {
        **provenance,
        "rest_bytes": known.rest_bytes,
        "loaded_bytes": {str(name): count for name, count in known.loaded_bytes.items()},
        "margin_bytes": list(known.margin_bytes),
        "reads_there": known.reads_there,
        **({"reading": _plain(known.reading)} if known.reads_there else {}),
        **({"loading": {str(name): _plain(line) for name, line in known.loading.items()}} if known.loading else {}),
        "spread": {str(name): [round(each, 3) for each in ends] for name, ends in known.spread.items()},
        "memory": [
            {"engine": r.engine, "precision": r.precision, "two_stage": r.two_stage, "kind": r.kind, **_plain(line)}
            for r, line in known.memory.items()
        ],
        "seconds": [
            {"engine": s.engine, "precision": s.precision, "stage": s.stage, "kind": s.kind, **_plain(line)}
            for s, line in known.seconds.items()
        ],
    }
    return json.dumps(data, indent=1) + "\n"


def _plain(line: Line) -> dict[str, Any]:
    return {
        "coefficients": [float(f"{each:.6g}") for each in line.coefficients],
        "low": round(line.low, 3),
        "high": round(line.high, 3),
        "points": line.points,
        "anchors": [list(anchor) for anchor in line.anchors],
        **({"source": str(line.source)} if line.source == Source.TRACED else {}),  # beside others that were measured
    }


def _line(data: Mapping[str, Any], source: Source) -> Line:
    anchors = tuple(tuple(float(each) for each in anchor) for anchor in data["anchors"])
    coefficients = tuple(float(each) for each in data["coefficients"])
    source = Source(data.get("source", source))
    return Line(coefficients, float(data["low"]), float(data["high"]), source, int(data["points"]), anchors)


def _regime(data: Mapping[str, Any]) -> Regime:
    return Regime(EngineName(data["engine"]), Precision(data["precision"]), bool(data["two_stage"]), str(data["kind"]))


def _step(data: Mapping[str, Any]) -> Step:
    return Step(EngineName(data["engine"]), Precision(data["precision"]), Stage(data["stage"]), str(data["kind"]))
