"""`python -m fusion log`: what was declared and refused in the last six months, for whoever runs the server."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Annotated

import typer

from fusion import config
from fusion.cli import streams
from fusion.declared import KEPT_DAYS, Declaration, Declared
from fusion.storage import FILE, Declarations, Store


def log(
    kind: Annotated[Declared | None, typer.Option("--kind", help="Only lines about this.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """List who confirmed consent, who answered about the visible label, and what was refused; the newest first."""
    lines = Declarations(Store(config.load().data / FILE)).listed(kind, now=time.time())
    if as_json:
        told = [line.to_json() for line in lines]
        streams.answer_json({"count": len(lines), "kept_days": KEPT_DAYS, "declarations": told})
        return
    for line in lines:
        streams.answer(_line(line))
    streams.answer(f"{len(lines)} in the last {KEPT_DAYS} days" if lines else "Nothing was declared.")


def _line(line: Declaration) -> str:
    at = datetime.fromtimestamp(line.at).strftime("%Y-%m-%d %H:%M:%S")
    what = (at, f"{line.kind:<7}", line.value, line.wording, f"by {line.by}", line.job or "")
    return "  ".join(filter(None, what))
