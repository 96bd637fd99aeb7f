"""The figures of docs/benchmarks.md: what a pixel of the face costs, from `results/landmark.jsonl` and
`results/resolution.jsonl`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from benchmarks.shared.lines import Line, lines, newest, where
from fusion.units import MIB

_DAYS = 8  # of the history
_ONE_STAGE = {"part": "point", "engine": "landmark", "two_stage": "off", "device": "cpu"}
_AT = {"tier": "2048", "case": "close"}  # the row that is followed through time


def face_width() -> str:
    """The section's text; empty as long as nothing was measured."""
    found = newest("landmark", "case", "tier", "device", device="cpu")
    if len(found) < 3:
        return ""
    parts = [_seconds(found), _memory(newest("resolution", "side", **_ONE_STAGE)), _history()]
    return "\n".join(part for part in parts if part)


def slope(widths: Sequence[float], costs: Sequence[float]) -> tuple[float, float]:
    """What a job costs without any face, and each pixel of the square around one: by least squares."""
    per_px, rest = np.polyfit(np.square(widths), costs, 1)
    return float(rest), float(per_px)


def _seconds(found: Sequence[Line]) -> str:
    rows = sorted(found, key=lambda line: line["face_px"])
    widths, ours, plain = ([pick(row) for row in rows] for pick in (_width, _ours, _plain))
    (rest, per_px), (_, plain_per_px) = slope(widths, ours), slope(widths, plain)
    return (
        f"Seconds against the face's width ({where(rows[-1])}, `benchmarks/landmark.py`): {rest:.2f} s and "
        f"{per_px * 1e9:.0f} ns a pixel of the face (of the square as wide as it); the plain script's pixel costs "
        f"{plain_per_px * 1e9:.0f} ns.\n\n"
        + _chart("Seconds against the face's width, px: Fusewise, plain OpenCV below", widths, ours, plain)
    )


def _memory(found: Sequence[Line]) -> str:
    rows = sorted((line for line in found if "failed" not in line), key=lambda line: line["face_px"])
    if len(rows) < 3:
        return ""
    widths = [_width(row) for row in rows]
    rest, per_px = slope(widths, [row["peak_bytes"] for row in rows])
    peaks = [row["peak_bytes"] / MIB for row in rows]
    return (
        f"Peak memory of the process likewise, in one stage ({where(rows[-1])}, `benchmarks/resolution`): "
        f"{rest / MIB:.0f} MiB and {per_px:.0f} bytes a pixel of the face.\n\n"
        + _chart("Peak memory, MiB, against the face's width, px", widths, peaks)
    )


def _history() -> str:
    """The last run of each day."""
    days: dict[str, Line] = {}
    for line in lines("landmark"):
        if line.get("device") == "cpu" and all(line.get(key) == value for key, value in _AT.items()):
            days[line["date"][:10]] = line
    if len(days) < 2:
        return ""
    rows = ["The widest of these faces, as it was:", "", "| day | Fusewise | plain OpenCV |", "|---|---|---|"]
    rows += [f"| {day} | {_ours(line):.2f} s | {_plain(line):.2f} s |" for day, line in [*days.items()][-_DAYS:]]
    return "\n".join(rows) + "\n"


def _chart(title: str, widths: Sequence[float], *curves: Sequence[float]) -> str:
    most = max(value for curve in curves for value in curve)
    text = ["```mermaid", "xychart-beta", f'    title "{title}"']
    text.append(f"    x-axis [{', '.join(f'{width:.0f}' for width in widths)}]")
    text.append(f"    y-axis 0 --> {most:.3g}")
    text += [f"    line [{', '.join(f'{value:.3g}' for value in curve)}]" for curve in curves]
    return "\n".join([*text, "```", ""])


def _width(line: Line) -> float:
    return float(line["face_px"])


def _ours(line: Line) -> float:
    return float(line["fusewise"]["median_s"])


def _plain(line: Line) -> float:
    return float(line["plain_opencv"]["median_s"])
