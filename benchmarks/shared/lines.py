"""The newest lines of `results/`, for docs/benchmarks.md."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).resolve().parents[1] / "results"

Line = dict[str, Any]


def lines(name: str, folder: Path | None = None) -> list[Line]:
    """All of `results/<name>.jsonl`, or of that in another folder, the oldest first."""
    path = (folder or RESULTS) / f"{name}.jsonl"
    texts = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return [json.loads(text) for text in texts]


def newest(name: str, *keys: str, **only: str) -> list[Line]:
    """The last line of `results/<name>.jsonl` for each combination of `keys`, the newest at the end.

    `only`: of lines in which these keys have these values.
    """
    found: dict[tuple[Any, ...], Line] = {}
    for line in lines(name):
        if any(line.get(key) != value for key, value in only.items()):
            continue
        values = [line.get(key) for key in keys]  # older lines lack what was not asked then
        key = tuple(tuple(value) if isinstance(value, list) else value for value in values)
        found.pop(key, None)
        found[key] = line
    return list(found.values())


def where(line: Line) -> str:
    """The device that a line was measured on, and the day."""
    machine = line["machine"]
    on = machine["gpu"] if line.get("device", "cpu") != "cpu" else f"{machine['cores']} cores of an {machine['cpu']}"
    return f"{on}, {line['date'][:10]}"
