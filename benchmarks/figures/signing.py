"""The figures of docs/benchmarks.md: signatures and the watermark, from `signing.jsonl` and `watermark.jsonl`."""

from __future__ import annotations

from benchmarks.shared.lines import Line, lines, newest, where


def signing() -> str:
    """The section's text; empty as long as nothing was measured."""
    texts = (
        _signatures(newest("signing", "format", "width")),
        _watermark({line["part"]: line for line in lines("watermark")}),
    )
    return "\n".join(text for text in texts if text)


def _signatures(found: list[Line]) -> str:
    if not found:
        return ""
    asked = [line for line in found if line["exiftool"] is not None]
    good = sum(line["state_with_root"] == "trusted" and line["state_without"] == "valid" for line in found)
    told = sum(line["exiftool"] for line in asked)
    times = [
        f"{line['sign']['median_s']:.2f} s for a {line['format'].upper()} of {line['width']}²"
        for line in found
        if line["width"] == max(each["width"] for each in found)
    ]
    return (
        f"Signatures, in PNG, JPEG and WebP of 1024² and 4096² ({where(found[-1])}, a busy machine, "
        f"`benchmarks/labels/signing.py`): c2pa-python reads {good} of {len(found)} back as valid, and as trusted with "
        f"their root; exiftool reads the XMP label and the source type of {told} of {len(asked)} after signing. Each "
        f"adds {max(line['added_bytes'] for line in found) / 1000:.1f} kB and takes {', '.join(times)}.\n"
    )


def _watermark(parts: dict[str, Line]) -> str:
    """`parts`: the newest line of each; that of the seconds is of the largest picture."""
    if not parts.keys() >= {"survival", "seconds", "chance"}:
        return ""
    made, spent, chance, other = parts["survival"], parts["seconds"], parts["chance"], parts.get("library")
    heads = [f"{made['pictures']} pictures"] + ([f"blind-watermark, {other['pictures']}"] if other else [])
    rows = [
        f"The invisible watermark in portraits of {made['side']} px ({where(made)}, a busy machine, "
        "`benchmarks/labels/watermark.py`): how many are read after each of these.",
        "",
        f"| | {' | '.join(heads)} |",
        "|---" * (1 + len(heads)) + "|",
    ]
    for way, count in made["read"].items():
        rows.append(f"| {way} | {count} |" + (f" {other['read'][way]} |" if other else ""))
    for name, cell in (("change, dB (median)", _decibels), ("most levels of a pixel", _levels)):
        rows.append(f"| {name} | {cell(made)} |" + (f" {cell(other)} |" if other else ""))
    rows += [
        "",
        f"Writing takes {spent['write']['median_s']:.1f} s at {spent['side']}², reading "
        f"{spent['read']['median_s']:.1f} s"
        + (f"; blind-watermark takes {other['write']['median_s']:.1f} s at {other['side']}²" if other else "")
        + f". Of {chance['tried']} readings of pictures without a watermark {chance['found']} found one.",
    ]
    return "\n".join(rows) + "\n"


def _decibels(line: Line) -> str:
    return f"{line['psnr_db']['median']:.1f}"


def _levels(line: Line) -> str:
    return str(line["most_levels"])
