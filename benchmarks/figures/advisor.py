"""The figures of docs/benchmarks.md: the advisor, from `results/advisor.jsonl`."""

from __future__ import annotations

from benchmarks.shared.lines import Line, lines, newest, where


def advisor() -> str:
    """The section's text; empty as long as nothing was measured."""
    errors = newest("advisor", "device", "engine", part="errors")
    parts = [
        _errors(errors),
        _oracle(_summaries()),
        _speed(newest("advisor", "photos", part="speed")),
    ]
    text = [part for part in parts if part]
    return "\n".join(text) + "\n" if text else ""


def _errors(lines: list[Line]) -> str:
    """A table, a row for each device and engine."""
    if not lines:
        return ""
    rows = [
        "What the advisor foretold of jobs that were in no fit: other sizes, other shares of face, one stage and two "
        f"({where(lines[-1])}, `benchmarks/advisor --errors`). Aimed at: memory within 4 % (median) and 10 % "
        "(worst), 99 % of the peaks within their bound, time within 15 %. Time is by jobs on a machine that did "
        "nothing else, which may be older than those whose memory is told:",
        "",
        "| device | engine | jobs | memory, median | worst | within the bound | warm jobs | time, median |",
        "|---|---|---|---|---|---|---|---|",
    ]
    latest = [line for line in lines if line["run"] == lines[-1]["run"]]  # what an older worker took says nothing now
    for line in sorted(latest, key=lambda line: (line["device"], line["engine"] == "all", line["engine"])):
        device = "processor" if line["device"] == "cpu" else line["device"]
        memory = [_percent(line[name]) for name in ("memory_median", "memory_worst", "covered")]
        late = "not forecast" if line["seconds_median"] is None else _percent(line["seconds_median"])
        cells = [device, line["engine"], line["jobs"], *memory, line["warm"], late]
        rows.append(f"| {' | '.join(map(str, cells))} |")
    return "\n".join(rows) + "\n"


def _summaries() -> list[Line]:
    """The newest of each kind of photos; lines of before photos could be chosen are of the sample pair."""
    found = {str(line.get("photos", ["sample"])): line for line in lines("advisor") if line["part"] == "oracle summary"}
    return list(found.values())


def _oracle(summaries: list[Line]) -> str:
    return "\n".join(_held_to(line) for line in summaries)


def _unsure(line: Line) -> str:
    """Of what it said may fit."""
    return f", and what it said may fit {line['unsure_ran']} times of {line['unsure']}" if "unsure" in line else ""


def _held_to(line: Line) -> str:
    """What came of one kind of photos."""
    of = "; photos and sizes that are in no fit" if line.get("photos") == ["portraits"] else ""
    text = (
        f"Told of just so much memory and then held to it ({line['way']}, {where(line)}, `--oracle`; engines: "
        f"{', '.join(line['engines'])}{of}): what was recommended failed {line['failed']} times in {line['runs']} runs "
        f"({line['cases']} cases; in {line['none']} nothing fits), what was called too large ran all the same "
        f"{line['larger_ran']} times of {line['larger']}{_unsure(line)}. Right in both: "
        f"{_percent(line['share_right'])} of the cases; aimed at: 95 %, and no failure.\n"
    )
    if "peaks" not in line:
        return text
    errors = (
        f" Memory was off by {_percent(line['memory_median'])} (median) and {_percent(line['memory_worst'])} (worst), "
        f"and {_percent(line['covered'])} of {line['peaks']} peaks were within the bound; aimed at: 2 %, 10 %, 99 %.\n"
    )
    if line.get("timed"):
        errors = errors.rstrip("\n") + (
            f" Time was off by {_percent(line['seconds_median'])} (median of {line['timed']} runs beside which nothing "
            "else ran); aimed at: 10 %.\n"
        )
    return text.rstrip("\n") + errors


def _speed(lines: list[Line]) -> str:
    words = []
    for line in sorted(lines, key=lambda line: line["photos"] != "sample"):
        alone, faces, photos = (line[name]["median_s"] * 1000 for name in ("recommend", "from_faces", "from_photos"))
        words.append(
            f"{' and '.join(line['sizes'])} px: {photos:.0f} ms from decoded photos, {faces:.0f} ms once faces are "
            f"found, {alone:.1f} ms for the recommendation alone"
        )
    if not words:
        return ""
    return f"A recommendation takes ({where(lines[-1])}, median, `--speed`), for photos of {'; for '.join(words)}.\n"


def _percent(share: float) -> str:
    return f"{share:.1%}".replace(".0%", "%").replace("%", " %")
