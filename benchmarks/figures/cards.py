"""Figures of cards whose memory runs out, emulated, and of a machine that others use, too."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from benchmarks.shared.lines import newest

Line = dict[str, Any]


def cards() -> str:
    """How jobs end on small cards and where a block is refused; and what another program on all cores costs."""
    return "\n\n".join([*_emulated(), *_beside()])


def _emulated() -> Iterator[str]:
    sizes = newest("cuda_sweep", "engine", "output", "precision", part="sizes")
    refusals = newest("cuda_sweep", "engine", "output", "numbered", "every", "share", part="failures")
    refusals = [line for line in refusals if line.get("numbered")]
    if not sizes and not refusals:
        return
    last = max((*sizes, *refusals), key=lambda line: line["date"])
    yield (
        f"Jobs on an emulated card, whose memory is accounted for as torch's allocator does ({last['date'][:10]}, "
        "`benchmarks/cuda_sweep.py`; **no card was there**; a job is lost if it ends without a picture, with another "
        "one than its rung gives, or with a byte left behind):"
    )
    rows = ["| engine, output | what happens | jobs | lost |", "|---|---|---|---|"]
    for line in sizes:
        steps = f"cards from {min(_mib(line))} to {max(_mib(line))} MiB"
        rows.append(f"| {line['engine']}, {line['output']} px | {steps} | {line['jobs']} | {line['lost']} |")
    for of in sorted({(line["engine"], line["output"], line["every"]) for line in refusals}):
        same = [line for line in refusals if (line["engine"], line["output"], line["every"]) == of]
        which = "every block it asks for" if of[2] == 1 else f"each {of[2]}th block it asks for"
        jobs, lost = (sum(line[name] for line in same) for name in ("jobs", "lost"))
        rows.append(f"| {of[0]}, {of[1]} px | {which} refused once | {jobs} | {lost} |")
    yield "\n".join(rows)


def _mib(line: Line) -> list[int]:
    return [int(name.split()[0]) for name in line["ends"]]


def _beside() -> Iterator[str]:
    for line in newest("contention"):
        passive, spinning = line["passive"], line["spinning"]
        yield (
            f"Beside another program on all {line['threads']} cores a fusion at {line['side']}² took "
            f"{passive['times']:.1f}× its calm time ({passive['beside']:.2f} s for {passive['alone']:.2f} s; aimed at: "
            f"2.5×), and {spinning['times']:.1f}× with threads that spin where they wait (medians of {line['n']}, in "
            f"turns, {line['date'][:10]}, `benchmarks/contention.py`)."
        )
