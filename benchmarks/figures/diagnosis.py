"""The figures of docs/benchmarks.md: the diagnosis, from `results/diagnosis.jsonl`."""

from __future__ import annotations

import statistics

from benchmarks.shared.lines import Line, newest, where

BAR = "aimed at: 90 % first, 97 % among the first two, at most 5 % false alarms"

HALVES = ("tuned on", "held out", "all")


def diagnosis() -> str:
    """The section's text; empty as long as nothing was measured."""
    parts = [
        _set(newest("diagnosis", "column", "half", part="set")),
        _remedies(newest("diagnosis", "column", part="remedies")),
        _speed(newest("diagnosis", "pair", "fit", "known", part="speed")),
    ]
    text = [part for part in parts if part]
    return "\n".join(text) + "\n" if text else ""


def _set(lines: list[Line]) -> str:
    if not lines:
        return ""
    rows = [
        f"Faults put into clean fusions of real photos, and as many clean ones ({where(lines[-1])}, "
        f"`benchmarks/diagnosis --set`; {BAR}; [how](diagnosis.md#the-labelled-set)):",
        "",
        "| given | photos | pairs | faulty | cause first | among the first two | clean | false alarms |",
        "|---|---|---|---|---|---|---|---|",
    ]
    given = {"stranger": "three files alone", "known": "the run as well"}
    for line in sorted(lines, key=lambda line: (line["column"] == "known", HALVES.index(line["half"]))):
        rows.append(
            f"| {given[line['column']]} | {line['half']} | {line['pairs']} | {line['faulty']} | {line['first']:.1%} | "
            f"{line['first_two']:.1%} | {line['clean']} | {line['alarms']:.1%} |"
        )
    return "\n".join(rows) + "\n"


def _remedies(lines: list[Line]) -> str:
    words = [
        f"{line['improved']:.1%} of {line['tried']} ({'the run known' if line['column'] == 'known' else 'three files'})"
        for line in sorted(lines, key=lambda line: str(line["column"]), reverse=True)
    ]
    if not words:
        return ""
    return f"First remedies that a setting makes, tried: its measure is better in {', '.join(words)}; aimed at: 90 %.\n"


def _speed(lines: list[Line]) -> str:
    if not lines:
        return ""
    medians = sorted(float(line["median_s"]) for line in lines)
    good = sum(line["passed"] for line in lines)
    return (
        f"Measuring and judging a result of as many pixels as 2048 × 2048 takes {statistics.median(medians):.2f} s "
        f"({medians[0]:.2f} to {medians[-1]:.2f}; {where(lines[-1])}; {len(lines)} cases of faces 300 to 740 px wide, "
        f"whole and cropped, {good} of them within the 0.7 s aimed at).\n"
    )
