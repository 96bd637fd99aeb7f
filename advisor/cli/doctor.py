"""`python -m advisor doctor`: what slows this machine down, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import typer

from advisor.device import report
from advisor.diagnosis import Finding
from advisor.health import LOOKED_FOR, Environment, doctor, examine_environment
from fusion import config
from fusion.cli import streams
from fusion.units import GIB


def look(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """What slows this machine down: cards, memory, workers, other apps, queue, disk, limits, and what went wrong."""
    environment = examine_environment(config.load())
    findings = doctor(environment)
    if as_json:
        streams.answer_json(to_json(environment, findings))
        return
    for line in (*_told(findings), "", *_seen(environment)):
        streams.answer(line)


def to_json(environment: Environment, findings: tuple[Finding, ...]) -> dict[str, object]:
    """The command line's contract; no path and no photo is in it."""
    return {
        "measures": environment.to_json(),
        "findings": [finding.to_json() for finding in findings],
        "looked_for": [str(cause) for cause in LOOKED_FOR],
    }


def _told(findings: tuple[Finding, ...]) -> Iterator[str]:
    if not findings:
        yield f"Nothing found; {len(LOOKED_FOR)} causes were looked for."
    for finding in findings:
        yield f"{finding.level:8}{finding.text}"
        yield f"        {finding.remedy.text}"


def _seen(environment: Environment) -> Iterator[str]:
    """What was looked at, so that nothing found is an answer too."""
    yield from report.lines(environment.snapshot)
    line, past = environment.past.line, environment.past
    yield f"queue   {line.waiting} wait, {line.batched} of batches behind them, {line.running} running"
    yield (
        f"apps    {len(environment.apps)} running, {len(environment.own)} workers, "
        f"{len(environment.leftovers)} left over, {len(past.mishaps)} jobs went wrong of late"
    )
    for disk in environment.disks:
        yield f"disk    {disk.free_bytes / GIB:.1f} of {disk.total_bytes / GIB:.1f} GiB free"
    yield f"torch   {'for CUDA ' + environment.torch_cuda if environment.torch_cuda else 'for the processor'}"
