"""`python -m advisor doctor`: what slows this machine down, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import typer

from advisor.device import report
from advisor.diagnosis import Finding
from advisor.health import LOOKED_FOR, Environment, doctor, examine_environment
from fusion import config, refusal
from fusion.cli import streams
from fusion.errors import FusionError
from fusion.refusal import Standing
from fusion.signing import Signer
from fusion.units import GIB

_CHECKED = {
    Standing.OFF: "not checked for nudity before they are fused (FUSEWISE_REFUSAL=off)",
    Standing.READY: "checked for nudity before they are fused, where others are served",
    Standing.MISSING: "where others are served none is fused: what checks them is not installed",
}


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


def _signed_by() -> str:
    try:
        signer = Signer.as_set(config.load())
    except FusionError as error:
        return f"not signed, though they are to be: {error.message}"
    if signer is None:
        return "not signed (FUSEWISE_C2PA_CERT is not set)"
    return f"signed by {signer.name}, whose certificate ends on {signer.credential.ends:%Y-%m-%d}"


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
    yield f"photos  {_CHECKED[refusal.standing(is_served=True)]}"
    yield f"results {_signed_by()}"
    yield f"torch   {'for CUDA ' + environment.torch_cuda if environment.torch_cuda else 'for the processor'}"
