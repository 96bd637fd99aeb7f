"""Figures of any two people, fused by us and by a plain script."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from benchmarks.shared.lines import newest, where

MAKERS = {"ours": "Fusewise", "plain": "plain OpenCV"}


def people() -> str:
    """Likeness by two judges, people that nothing was chosen on first."""
    lines = sorted(newest("people", "unseen", "network"), key=lambda line: (not line["unseen"], bool(line["network"])))
    if not lines:
        return ""
    rows = [
        f"Ordered pairs of portraits, a person each, at ratio 1 ({where(lines[-1])}, `benchmarks/people.py`), by the "
        "landmark engine and by the plain script of above. Judges are dlib's distance to the source (0.60 and less: "
        "usually one person) and SFace's cosine (0.363 and more). *Nearer*: to the source than to the target.",
        "",
        "| people | pairs | by | dlib, median | within 0.60 | nearer | SFace, median | from 0.363 | nearer | seconds |",
        "|---|---|---|---|---|---|---|---|---|---|",
        *(row for line in lines for row in _rows(line)),
        "",
        *(f"The verdict before the fusion, {_whose(line)}: {_verdicts(line)}." for line in lines),
    ]
    return "\n".join(rows) + "\n"


def _whose(line: dict[str, Any]) -> str:
    who = f"{line['photos']} {'that nothing was chosen on' if line['unseen'] else 'that limits were chosen on'}"
    return f"{who}, with the face parser" if line["network"] else who


def _rows(line: dict[str, Any]) -> Iterator[str]:
    for some in ("all", "good or fair"):
        for maker, name in MAKERS.items():
            found = line[some][maker]
            if found["n"]:
                cells = [_whose(line) if some == "all" else "of these, good or fair", str(found["n"]), name]
                yield "| " + " | ".join([*cells, *_judged(found), f"{found['seconds']:.2f}"]) + " |"


def _judged(found: dict[str, Any]) -> Iterator[str]:
    for by in (found["dlib"], found["sface"]):
        shares = (f"{by[name]:.0%}" for name in ("source", "nearer") if name in by)
        yield from (f"{by['median']:.2f}", *shares) if "median" in by else ("",) * 3


def _verdicts(line: dict[str, Any]) -> str:
    told = [f"{count} `{name}`" for name, count in sorted(line["verdicts"].items())]
    refused = [f"{count} not fused ({name})" for name, count in sorted(line["not_fused"].items())]
    return ", ".join([*told, *refused])
