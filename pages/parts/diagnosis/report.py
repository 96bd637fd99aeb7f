"""Everything that was measured as a table, and the whole diagnosis as text to copy. No Streamlit.

The text says nothing of whose photos they are: no pictures, no names of files or programs, no folders.
"""

from __future__ import annotations

import json
import platform
from collections.abc import Iterator, Mapping
from dataclasses import fields
from functools import cache
from importlib import metadata
from typing import Any

from advisor.diagnosis import Diagnosis, Finding
from advisor.quality import Measures
from fusion.jobs import JobView
from fusion.provenance import VERSION
from fusion.units import GIB
from pages.parts.i18n import Words
from pages.parts.services import Round
from pages.parts.session import examined

_PACKAGES = ("streamlit", "torch", "mediapipe", "opencv-python-headless", "numpy")
# Words of an evidence that are no names of somebody's.
_HARMLESS = frozenset(
    {"role", "where", "device", "driver", "driver_cuda", "torch_cuda", "reason", "steps", "shares_data"}
)
_LEAST = 5e-4
_SIDES = ("target", "source", "result")


def table(say: Words, measures: Measures) -> list[dict[str, str]]:
    """A row for each measure, with its value of target, source and result."""
    columns = {side: _flat(getattr(measures, side)) for side in _SIDES if getattr(measures, side) is not None}
    found = dict.fromkeys(name for values in columns.values() for name in values)
    heads = {"target": say("target.title"), "source": say("source.title"), "result": say("diagnosis.result")}
    return [
        {say("diagnosis.measure"): say.value("gauge", name)}
        | {heads[side]: values.get(name, "") for side, values in columns.items()}
        for name in found
    ]


def pairs(say: Words, measures: Measures) -> list[dict[str, str]]:
    """Likewise of what was compared between the two faces."""
    values = _flat(measures.pair)
    name, value = say("diagnosis.measures.pair"), say("diagnosis.value")
    return [{name: say.value("gauge", f"pair_{each}"), value: number} for each, number in values.items()]


def _flat(noun: Any) -> dict[str, str]:
    """The numbers of a noun and of the face in it."""
    if noun is None:
        return {}
    found: dict[str, str] = {}
    for each in fields(noun):
        value = getattr(noun, each.name)
        if each.name == "face":
            found |= _flat(value)
        elif each.name == "size":
            found["size"] = str(value)
        elif each.name == "faces_px":
            found["faces"] = str(len(value))
        elif isinstance(value, bool):
            continue
        elif isinstance(value, int | float) and each.name != "chosen":
            found[each.name] = _number(value)
    return found


def _number(value: float) -> str:
    """As many digits as say something."""
    return str(value) if isinstance(value, int) else f"{value:.3g}" if abs(value) >= _LEAST else "0"


def report(
    say: Words, view: JobView | None, seen: examined.Seen | None, found: Diagnosis | None, machine: Round | None
) -> str:
    """The diagnosis as Markdown.

    Args:
        seen, found: None where nothing was examined.
        machine: None where it was not looked at yet.
    """
    lines = [f"# Fusewise {VERSION}: {say('menu.diagnostics')}", "", *_versions()]
    if machine is not None:
        lines += _machine(machine)
    if seen is not None and found is not None:
        lines += ["", f"## {say('history.settings')}", "", *_job(view, seen)]
        lines += ["", f"## {say('diagnosis.report.findings')}", ""]
        lines += [line for each in found.findings for line in _finding(say, each)] or [say("diagnosis.nothing")]
        lines += ["", f"## {say('diagnosis.measures')}", "", *_json(found.measures.to_json())]
    if machine is not None:
        lines += ["", f"## {say('doctor.title')}", ""]
        lines += [line for each in machine.findings for line in _finding(None, each)] or [say("doctor.well")]
    return "\n".join(lines)


@cache
def _versions() -> tuple[str, ...]:
    found = [f"Python {platform.python_version()}", f"{platform.system()} {platform.machine()}"]
    for name in _PACKAGES:
        try:
            found.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            continue
    return (f"- {' · '.join(found)}",)


def _machine(machine: Round) -> Iterator[str]:
    seen = machine.environment
    cuda = f"torch for CUDA {seen.torch_cuda}" if seen.torch_cuda else "torch without CUDA"
    yield f"- {seen.limits.cores:g} cores, {seen.limits.memory_bytes / GIB:.1f} GiB, {cuda}"
    for gpu in seen.snapshot.gpus:
        size = f"{(gpu.total_bytes or 0) / GIB:.1f} GiB"
        yield f"- {gpu.name or '?'}, {size}, driver {gpu.driver or '?'}, CUDA {gpu.cuda_version or '?'}"


def _job(view: JobView | None, seen: examined.Seen) -> Iterator[str]:
    run = seen.run
    if view is not None:
        took = f"{run.seconds:.1f} s" if run is not None and run.seconds is not None else "–"
        device = view.outcome.facts.device if view.outcome is not None else "–"
        yield f"- {view.progress.state}, {run.engine if run is not None and run.engine else '–'}, {device}, {took}"
    if run is not None:
        if run.error:
            yield f"- error: {run.error}, deaths: {run.deaths}"
        yield from (f"- given up: {step.rung}: {step.before} → {step.after}" for step in run.steps)
        yield from _json(run.settings.to_json())


def _finding(say: Words | None, found: Finding) -> Iterator[str]:
    sure = f"{found.confidence:.2f}"
    known = {name: value for name, value in found.evidence.items() if _is_harmless(name, value)}
    numbers = json.dumps(_short(known), ensure_ascii=False)
    yield f"- **{found.cause}** ({found.symptom}, {found.level}, {sure}) {numbers}"
    if say is not None and len(known) == len(found.evidence):
        yield f"  {' '.join(say.cause(found))}"
    if found.remedy.patch:
        yield f"  {json.dumps(dict(found.remedy.patch))}"


def _is_harmless(name: str, value: object) -> bool:
    return isinstance(value, int | float) or name in _HARMLESS


def _short(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: float(f"{value:.4g}") if isinstance(value, float) else value for name, value in values.items()}


def _json(data: Mapping[str, Any]) -> Iterator[str]:
    yield from ("```json", json.dumps(data, ensure_ascii=False, indent=1), "```")
