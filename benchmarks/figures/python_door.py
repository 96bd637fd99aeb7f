"""The figures of docs/benchmarks.md: fusing from Python, from `python_door.jsonl`."""

from __future__ import annotations

from benchmarks.shared.lines import newest, where


def python_door() -> str:
    """The section's text; empty as long as nothing was measured."""
    lines = newest("python_door")
    if not lines:
        return ""
    line = lines[-1]
    median = {what: line[what]["median_s"] for what in ("call", "call_job", "again", "command", "command_job")}
    return (
        f"The sample pair at 512 × 512, landmark engine, a script's `fuse` and `save` and the command line in turns "
        f"({where(line)}, up to {line['busy_percent']:.0f} % of them busy with other things before a turn; median of "
        f"{line['call']['runs']}, `benchmarks/python_door.py`): with its models loaded and photos that it has not seen "
        f"the call takes {median['call']:.2f} s, of which the job counts {median['call_job']:.2f} s; with photos that "
        f"it remembers {median['again']:.2f} s; the first call, which loads everything, {line['first_s']:.1f} s. The "
        f"job of the command line takes {median['command_job']:.2f} s by its own count, and {median['command']:.1f} s "
        "until its process has ended.\n"
    )
