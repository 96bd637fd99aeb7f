"""The figures of docs/benchmarks.md: the unet engine beside the model's own code, from `results/unet.jsonl`."""

from __future__ import annotations

from benchmarks.figures.unet_candidates import unet_candidates
from benchmarks.shared.lines import Line, newest, where
from fusion.units import GIB

NOT_MEASURED = "not measured"
BUSY = 1.0  # load of the minute before, above which the page says so
ORDER = [
    (side, face, wish)
    for side in (512, 1024, 2048, 4096)
    for face in ("large", "small")
    for wish in ("auto", "float32")
]

Lines = dict[str, Line]


def unet() -> str:
    """The section's text; empty as long as nothing was measured."""
    lines = newest("unet", "device", "key")
    if not lines:
        return ""
    processor = {line["key"]: line for line in lines if line["device"] == "cpu"}
    cards = [line for line in lines if line["device"] != "cpu"]
    card = {line["key"]: line for line in cards if line["device"] == cards[-1]["device"]}
    told = _seconds(processor, card), _fresh(processor, card), _error(processor, card), unet_candidates()
    return "\n".join(part for part in told if part)


def _seconds(processor: Lines, card: Lines) -> str:
    timed = [[line for line in some.values() if line["part"] == "time"] for some in (processor, card)]
    first = [next(iter(lines), None) for lines in timed]
    places = [_place(lines) for lines in timed if lines]
    if not places:
        return ""
    aside = "" if first[1] else " **On a graphics card nothing was measured yet.**"
    if any(line["machine"]["load_1m"] > BUSY for line in processor.values()):
        aside += " The processor was busy with other work at times."
    rows = [
        f"The unet engine, and the model's own code ({'; '.join(places)}; `benchmarks/unet`). Both fuse the same "
        "painted photos with the same weights, in turn in one process, from the same five points of each face: finding "
        "faces, decoding and encoding are in neither, and nothing is remembered of the photos before, but for the "
        "column with a known source. In brackets what was aimed at." + aside,
        "",
        "| target | face, px | precision | CPU: model's code | Fusewise | times as fast | source known "
        "| GPU: model's code | Fusewise | times as fast |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for side, face, wish in ORDER:
        key = f"time {side} {face} {wish}"
        mine, theirs = _or_auto(processor, key), card.get(key)
        if (mine and (mine["precision"] == wish or mine["bar"])) or theirs:
            shown = mine or theirs or {}
            precision = wish if wish == shown["computed_in"] else f"{wish}: {shown['computed_in']}"
            cells = [f"{side}×{side}", str(shown["face_px"]), precision, *_cells(mine, True), *_cells(theirs, False)]
            rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows) + "\n"


def _place(lines: list[Line]) -> str:
    """Where and when, and how often each."""
    first, last = min(line["date"][:10] for line in lines), where(lines[-1])
    days = last if last.endswith(first) else f"{last}, some rows {first}"
    return f"{days}, medians of {min(line['stock']['runs'] for line in lines)} or more"


def _or_auto(lines: Lines, key: str) -> Line | None:
    """The line; where `auto` is float32, it was measured once for both."""
    auto = lines.get(key.replace("float32", "auto"))
    if key in lines or auto is None or auto["computed_in"] != "float32":
        return lines.get(key)
    bars = {"1024 large float32": 3.0}
    return {**auto, "bar": bars.get(key.removeprefix("time ")) if key.endswith("float32") else auto["bar"]}


def _cells(line: Line | None, known_too: bool) -> list[str]:
    if line is None:
        return [NOT_MEASURED] * (4 if known_too else 3)
    stock, ours, known = (line[name]["median_s"] for name in ("stock", "fusewise", "fusewise_source_known"))
    aim = f" ({line['bar']:g})" if line["bar"] else ""
    cells = [f"{stock:.2f} s", f"{ours:.2f} s", f"{stock / ours:.1f}{aim}"]
    return [*cells, f"{known:.2f} s"] if known_too else cells


def _fresh(processor: Lines, card: Lines) -> str:
    rows = []
    for name, lines in (("CPU", processor), ("GPU", card)):
        memory = "resident_peak_bytes" if name == "CPU" else "device_peak_bytes"
        for line in (each for each in lines.values() if each["part"] == "fresh"):
            stock, ours = line["stock"], line["fusewise"]
            peaks = [sorted(who[memory])[len(who[memory]) // 2] / GIB for who in (stock, ours)]
            loads = [who["load_s"]["median_s"] for who in (stock, ours)]
            both = [who["load_and_first_s"]["median_s"] for who in (stock, ours)]
            shares = (f"{first:.2f} | {second:.2f} | {first / second:.1f}" for first, second in (peaks, loads, both))
            rows.append(f"| {name} | {line['side']}×{line['side']} | {line['precision']} | {' | '.join(shares)} |")
    if not rows:
        return ""
    return "\n".join(
        [
            "Peak memory (resident; reserved on a card) and loading, each in a process of its own:",
            "",
            "| on | target | precision | memory, GiB: model's code | Fusewise | ratio | loading, s: model's code "
            "| Fusewise | ratio | and the first picture, s: model's code | Fusewise | ratio |",
            "|---|---|---|---|---|---|---|---|---|---|---|---|",
            *rows,
            "",
        ]
    )


def _error(processor: Lines, card: Lines) -> str:
    words = []
    for name, lines in (("CPU", processor), ("GPU", card)):
        same = [line for line in lines.values() if line["part"] == "parity" and line["enhanced"]]
        if same:
            apart = ", ".join(f"{line['psnr_face_db']:.1f} dB at {line['side']}" for line in same)
            outside = sum(line["fusewise_differs_outside_px"] for line in same)
            words.append(
                f"In float32 the two pictures are {apart} apart inside the face ({name}, PSNR); outside the model's "
                f"own masks ours differs from the target in {outside} pixels."
            )
        halves = [line for line in lines.values() if line["part"] == "precision"]
        if halves:
            apart = ", ".join(f"{line['precision']} {_decibels(line['picture']['psnr_db'])}" for line in halves)
            words.append(f"Against float32, with random weights, the picture is off by ({name}): {apart}.")
    return " ".join(words) + "\n" if words else ""


def _decibels(value: float | None) -> str:
    return "nothing" if value is None else f"{value:.1f} dB"
