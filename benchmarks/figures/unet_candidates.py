"""The figures of docs/benchmarks.md: what was tried to make the unet engine quicker, from `results/unet.jsonl`."""

from __future__ import annotations

from benchmarks.shared.lines import Line, newest, where


def unet_candidates() -> str:
    """A row for each candidate and precision; empty as long as none was measured."""
    lines = newest("unet", "key", part="candidate", device="cpu")
    if not lines:
        return ""
    least = min(line["before"]["runs"] for line in lines)
    aside = "; beside other work, so that only ratios count" if any(line["busy"] for line in lines) else ""
    rows = [
        f"What was tried on a processor ({where(lines[-1])}{aside}; `benchmarks/unet --candidates`, medians of "
        f"{least} or more, each in turn with what is without it). By seconds on the clock and, in brackets, of the "
        "cores. The difference is that of the networks' answers with random weights, in levels of 255:",
        "",
        "| tried | of | in | without, s | with, s | times as fast | median and worst difference | kept |",
        "|---|---|---|---|---|---|---|---|",
    ]
    return "\n".join([*rows, *map(_row, lines)]) + "\n"


def _row(line: Line) -> str:
    seconds = [f"{line[side]['median_s']:.3f}" for side in ("before", "after")]
    apart = f"{line['levels_median']:.2f}, {line['levels_worst']:.2f}" if "levels_median" in line else ""
    times = f"{line['times']:.2f} ({line['times_cpu']:.2f})"
    kept = "yes" if line["kept"] else "no"
    return f"| {' | '.join([line['name'], line['of'], line['precision'], *seconds, times, apart, kept])} |"
