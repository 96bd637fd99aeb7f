"""`python -m fusion verify FILE…`: what pictures say of their origin, and whether that holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from fusion import config, signing
from fusion.cli import streams
from fusion.errors import Exit, FusionError, frameless
from fusion.files import inputs
from fusion.storage import FILE, App, Records, Store
from fusion.verification import LIMITS, Report, Verdict, verify

_ENDS = {
    Verdict.WHOLE: Exit.DONE,
    Verdict.CLAIMED: Exit.DONE,
    Verdict.NOTHING: Exit.NOTHING_FOUND,
    Verdict.BROKEN: Exit.BROKEN,
}
_WORST_FIRST = (Exit.BROKEN, Exit.BAD_INPUT, Exit.FAILED, Exit.NOTHING_FOUND, Exit.DONE)
_SAID = {
    Verdict.WHOLE: "whole: signed, and unchanged since",
    Verdict.CLAIMED: "claimed: it says so, and nothing proves it",
    Verdict.NOTHING: "nothing found",
    Verdict.BROKEN: "broken: do not rely on it",
}


@dataclass(frozen=True, slots=True)
class Checked:
    """A file, and either what was found in it or why it cannot be read."""

    file: Path
    report: Report | None
    error: FusionError | None = None

    @property
    def exit(self) -> Exit:
        if self.report is not None:
            return _ENDS[self.report.verdict]
        assert self.error is not None
        return self.error.exit

    def to_json(self) -> dict[str, Any]:
        """Plain JSON types."""
        none: dict[str, Any] = {"verdict": None, "ai": None, "produce_id": "", "findings": []}
        found = none if self.report is None else self.report.to_json()
        error = self.error and {
            "reason": str(self.error.reason),
            "message": self.error.message,
            "remedy": self.error.remedy,
        }
        return {"file": str(self.file), **found, "error": error}


def check(
    files: Annotated[list[Path], typer.Argument(help="Pictures, of whatever tool.", metavar="FILE...")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> int:
    """What pictures say of their origin, and whether that holds: labels, recipes, signatures, of whatever tool."""
    trusted, known = signing.trusted_roots(config.load()), _known()
    found = [_checked(file, trusted, known) for file in files]
    if as_json:
        streams.answer_json({"files": [each.to_json() for each in found]})
    for each in found:
        if each.error is not None:
            streams.complain(f"{each.file}: {each.error.message} {each.error.remedy}")
        elif each.report is not None and not as_json:
            _tell(each.file, each.report)
    ends = {each.exit for each in found}
    return next(exit for exit in _WORST_FIRST if exit in ends)


def _checked(file: Path, trusted: str, known: Callable[[str], bool]) -> Checked:
    try:
        return Checked(file, verify(inputs.read(file, LIMITS.max_bytes), trusted=trusted, known=known))
    except FusionError as error:
        return Checked(file, None, frameless(error))


def _tell(file: Path, report: Report) -> None:
    streams.answer(f"{file}  {_SAID[report.verdict]}")
    for finding in report.findings:
        streams.answer(f"  {finding.state:<8} {finding}")


def _known() -> Callable[[str], bool]:
    """Whether the history has a job, where there is a history: a look makes none."""
    store = Store(config.load().data / FILE)
    return Records(store, App.this()).is_known if store.exists else lambda id: False
