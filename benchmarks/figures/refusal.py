"""Figures of what refuses photos: scores of harmless ones, and seconds."""

from __future__ import annotations

from typing import Any

from benchmarks.shared.lines import newest, where

OF = {"pictures of packages": "that come with scikit-image and matplotlib", "photos of people": "of people, portraits"}


def refusal() -> str:
    """False refusals, what a part is worth, and the time; and what was not measured."""
    harmless = newest("refusal", "set", case="harmless")
    if not harmless:
        return ""
    rows = [
        f"open_nsfw on pictures that are harmless ({where(harmless[-1])}, `benchmarks/refusal.py`): its score of the "
        "whole, and as photos are judged, with their parts. **No picture that ought to be refused was at hand, and "
        "none was made or sought: how much of that is found was not measured here.** Its makers guarantee no "
        "accuracy.",
        "",
        "| pictures | n | whole: median, 95 %, most | judged: median, 95 %, most | from 0.2 | from 0.5 | from 0.8 |",
        "|---|---|---|---|---|---|---|",
        *(_row(line) for line in harmless),
        "",
        *(_hidden(line) for line in newest("refusal", case="hidden")),
        *_seconds(newest("refusal", "size", case="seconds")),
    ]
    return "\n".join(rows) + "\n"


def _row(line: dict[str, Any]) -> str:
    cells = [OF[line["set"]], str(line["pictures"])]
    cells += [", ".join(f"{line[by][name]:.2f}" for name in ("median", "p95", "max")) for by in ("whole", "judged")]
    cells += [str(line["refused"][limit]) for limit in ("0.2", "0.5", "0.8")]
    return "| " + " | ".join(cells) + " |"


def _hidden(line: dict[str, Any]) -> str:
    told = "; ".join(f"{row['share']:.0%}: {row['whole']:.2f}, with parts {row['judged']:.2f}" for row in line["rows"])
    return (
        f"Why parts are looked at: the {line['pictures']} parts of these photos that score most (mean "
        f"{line['alone']:.2f} alone), pasted into a plain frame of 3000 × 2000, score as a whole, by the share of its "
        f"height that they fill: {told}.\n"
    )


def _seconds(lines: list[dict[str, Any]]) -> list[str]:
    told = [
        f"{line['size']} with {line['parts']} parts {line['cpu_s']:.2f} s"
        for line in sorted(lines, key=lambda line: line["cpu_s"])
    ]
    if not told:
        return []
    return [
        f"A photo costs, in seconds of one core, beside other work ({where(lines[-1])}): {', '.join(told)}; once a "
        f"worker {max(line['loading_s'] for line in lines):.1f} s to load the network. A photo that has passed is not "
        "looked at again.",
        "",
    ]
