"""The figures of docs/benchmarks.md: the labels of a picture, from `labels.jsonl`."""

from __future__ import annotations

from benchmarks.shared.lines import Line, newest, where


def labels() -> str:
    """The section's text; empty as long as nothing was measured."""
    found = {line["kind"]: line for line in newest("labels", "kind")}
    return _visible(found.get("visible"))


def _visible(line: Line | None) -> str:
    if line is None:
        return ""
    small, large = (line["cpu_ms"][side] for side in ("1024", "4096"))
    return (
        f"The visible label in {line['pictures']} pictures of {line['sizes']} sizes and aspects from 512 to 8192 px, "
        f"both languages, five grounds, one to six faces anywhere ({where(line)}, `benchmarks/labels/visible.py`), "
        f"measured from the pixels: {line['passed']} are within every bar. The smallest letter's ink is "
        f"{line['least_ink']:.1%} to {line['most_ink']:.1%} of the shorter side (5 % are asked for), the contrast "
        f"{line['least_contrast']:.1f} : 1 and more (4.5 : 1); {line['over_a_face']} lie over a face. Drawing takes "
        f"{small:.1f} ms of a core at 1024², {large:.0f} ms at 4096², once the letters are known.\n"
    )
