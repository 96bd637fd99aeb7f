"""The figures of docs/benchmarks.md: queue, workers and pages under load, from `{soak,cancel,monitor}.jsonl`."""

from __future__ import annotations

from benchmarks.shared.lines import Line, newest, where


def soak() -> str:
    """The section's text; empty as long as nothing was measured."""
    found = {line["part"]: line for line in newest("soak", "part")}
    parts = [
        _queue(found.get("queue")),
        _death(found.get("death")),
        _cancel(newest("cancel", "case")),
        _memory(found.get("memory")),
        _sessions(found.get("sessions")),
        _monitor(newest("monitor", "case")),
    ]
    text = [part for part in parts if part]
    return "\n".join(text) + "\n" if text else ""


def _queue(line: Line | None) -> str:
    if line is None:
        return ""
    faults = ", ".join(f"{line[name]} {name}" for name in ("lost", "unfinished", "doubled", "broken", "other"))
    return (
        f"{line['jobs']} jobs from 8 threads while the worker was killed {line['workers_killed']} times and the app "
        f"ended {line['apps_ended']} times, once by force ({where(line)}, `benchmarks/soak --queue`): "
        f"{line['acknowledged']} were taken in; {faults} (other: not the pixels of a calm run), {line['disordered']} "
        f"out of turn. {line['ran_again_after_a_death']} ran again after a death, {line['retried_interrupted']} were "
        "retried by hand.\n"
    )


def _death(line: Line | None) -> str:
    if line is None:
        return ""
    words = []
    for how in ("idle", "busy"):
        seen, replaced = line[how]["seen"], line[how]["replaced"]
        words.append(
            f"{how}, seen after {seen['median_s']:.2f} s and replaced after {replaced['median_s']:.1f} s "
            f"(at most {replaced['max_s']:.1f}, n = {replaced['runs']})"
        )
    return f"A worker that is killed ({where(line)}, `--death`; aimed at: {line['bar_s']:g} s): {'; '.join(words)}.\n"


def _cancel(lines: list[Line]) -> str:
    words = [
        f"{line['case']} {line['median_s']:.2f} s (at most {line['max_s']:.2f}, n = {line['runs']})"
        for line in lines
        if "median_s" in line
    ]
    if not words:
        return ""
    by = f"{where(lines[-1])}, `benchmarks/cancel.py`; aimed at: 1 s"
    return f"From cancel to its end, at 1024 ({by}): {'; '.join(words)}.\n"


def _memory(line: Line | None) -> str:
    if line is None:
        return ""
    growth = line["growth"]
    return (
        f"After {line['jobs']} jobs the worker holds {growth['worker']:.2f} times what it held after 20, the app "
        f"{growth['app']:.2f} times ({where(line)}, `--memory`; aimed at: {line['bar']:g}).\n"
    )


def _sessions(line: Line | None) -> str:
    if line is None:
        return ""
    full, part = (line["together"][kind] for kind in ("full", "fragment"))
    return (
        f"{line['sessions']} people at once, on all pages, while a job runs {line['busy']:.0%} of the time "
        f"({where(line)}, `--sessions`): a script run takes {full['median_s']:.2f} s (median; 95 % within "
        f"{full['p95_s']:.2f} s, n = {full['n']}; aimed at: {line['bar_p95_s']:g} s), a part that moves by itself "
        f"{part['median_s']:.2f} s ({part['p95_s']:.2f} s, n = {part['n']}).\n"
    )


def _monitor(lines: list[Line]) -> str:
    words = [f"{100 * line['core_share']:.1f} % of a core ({line['case']})" for line in lines]
    return f"Looking at the machine once a second takes {', '.join(words)}; aimed at: 2 %.\n" if words else ""
