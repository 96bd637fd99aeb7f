"""The figures of docs/benchmarks.md: sizes, memory and two stages, from `results/resolution.jsonl`."""

from __future__ import annotations

import statistics

from benchmarks.shared.lines import Line, newest, where
from fusion.units import GIB, MB

NOT_DONE = "not done"
ENGINES, STAGES = ("landmark", "unet"), ("off", "on")


def resolution() -> str:
    """The section's text; empty as long as nothing was measured."""
    parts = {part: _newest(part) for part in _KEYS}
    if not parts["point"]:
        return ""
    checks = [_memory(parts["memory"]), _limit(parts["limit"]), _whole(parts["whole"])]
    checks += [_sharpness(parts["sharpness summary"])]
    text = [_points(parts["point"]), " ".join(check for check in checks if check), _sharpening(parts["sharpening"])]
    return "\n".join(part for part in text if part)


_KEYS = {
    "point": ("device", "engine", "side", "two_stage"),
    "memory": ("device", "engine"),
    "limit": ("device", "engine"),
    "whole": ("device", "photos", "enlarger"),
    "sharpness summary": (),
    "sharpening": ("way", "factor", "less_blur"),
}


def _newest(part: str) -> list[Line]:
    """The newest lines of one part."""
    return newest("resolution", *_KEYS[part], part=part)


def _points(lines: list[Line]) -> str:
    """Seconds and memory of every size, on the device measured last."""
    last = lines[-1]
    lines = [line for line in lines if line["device"] == last["device"]]
    found = {(line["engine"], line["side"], line["two_stage"]): line for line in lines}
    runs = min(line["runs"] for line in lines)
    engines = [engine for engine in ENGINES if any(line["engine"] == engine for line in lines)]
    heads = [f"{engine}, {stages}" for engine in engines for stages in ("one stage", "two stages")]
    rows = [
        "![Seconds and memory against the size of the output](resolution.png)",
        "",
        f"Seconds of a fusion, without finding faces, decoding and encoding, and the process's peak memory with all of "
        f"it, each point in a fresh process ({where(last)}; median of {runs}, `benchmarks/resolution`). The target "
        "is a painted photo of 2000 px, its face 45 % of the width:",
        "",
        f"| output | {' | '.join(heads)} |",
        "|---" * (len(heads) + 1) + "|",
    ]
    for side in sorted({line["side"] for line in lines}):
        cells = [_cell(found.get((engine, side, stages))) for engine in engines for stages in STAGES]
        rows.append(f"| {side}×{side} | {' | '.join(cells)} |")
    return "\n".join(rows) + "\n"


def _cell(line: Line | None) -> str:
    if line is None or "failed" in line:
        return NOT_DONE
    return f"{line['fusion_s']:.1f} s, {line['peak_bytes'] / GIB:.1f} GiB"


def _memory(lines: list[Line]) -> str:
    words = []
    for line in lines:
        if "failed" in line or "failed" in line["base"]:
            continue
        above = max(line["above_bytes"].values()) / MB
        words.append(f"{above:.0f} MB ({line['engine']}, {_device(line)})")
    if not words:
        return ""
    bar = lines[-1]["bar_bytes"] / MB
    return f"In two stages, 4096² takes {', '.join(words)} more than a run at 1024 does; aimed at: {bar:.0f} MB."


def _limit(lines: list[Line]) -> str:
    words = [f"{_median(line):.0f} s with the {line['engine']} engine" for line in lines if line["good"]]
    if not words:
        return ""
    return f"8192² in a process limited to {lines[-1]['limit_gib']:g} GiB of address space: {', '.join(words)}."


def _whole(lines: list[Line]) -> str:
    done = [line for line in lines if "failed" not in line]
    if not done:
        return ""
    names = {"sample": "sample pair", "close": "the same, cut close to the face"}
    words = [
        f"{_median(line):.1f} s by {line['enlarged_by']} ({names[line['photos']]}, face {line['face_px']} px; aimed "
        f"at: {line['bar_s']:g} s)"
        for line in done
    ]
    return f"From files to files at 4096² with the landmark engine ({where(done[-1])}): {'; '.join(words)}."


def _sharpness(lines: list[Line]) -> str:
    if not lines:
        return ""
    line = lines[-1]
    less = ", ".join(f"{value:.0%} {_eyes(px)}" for px, value in line["less_blur"].items())
    text = (
        f"Faces at 4096 in two stages have less blur (scikit-image's `blur_effect`) than the 1024 result plainly "
        f"enlarged, by the median of {line['pairs']} pairs: {less}; aimed at: {line['less_blur_bar']:.0%}. They are "
        f"{line['further_from_source']:+.3f} further from the source in dlib's space."
    )
    if "halo_own" in line:
        halo = line["halo_own"]
        text += (
            f" Their edges overshoot by {halo['two_stage']:.1f} levels of L, the targets' own by {halo['target']:.1f} "
            "(95th percentile of strong edges, median of the pairs)."
        )
    return text


def _eyes(px: str) -> str:
    return "at the output's own scale" if px == "own" else f"with the eyes {px} px apart"


_WAYS = {
    "kernel": "3×3 kernel",
    "unsharp": "unsharp mask",
    "held": "unsharp mask, held",
    "program": "3×3 kernel, held (Fusewise)",
}


def _sharpening(lines: list[Line]) -> str:
    if not lines:
        return ""
    rows = [
        "\nWays to sharpen an enlarged face, each as strong as makes it equally sharp. Overshoot at strong edges "
        f"(levels of L, 95th percentile) and what even skin moves by (`--sharpening`, median of "
        f"{lines[-1]['faces']} faces):",
        "",
        f"| enlarged | less blur | {' | '.join(_WAYS.values())} |",
        "|---" * (len(_WAYS) + 2) + "|",
    ]
    found = {(line["factor"], line["less_blur"], line["way"]): line for line in lines}
    for factor, gain in sorted({key[:2] for key in found}):
        cells = [_halo(found.get((factor, gain, way))) for way in _WAYS]
        rows.append(f"| ×{factor:g} | {gain:.0%} | {' | '.join(cells)} |")
    return "\n".join(rows) + "\n"


def _halo(line: Line | None) -> str:
    if line is None or line["halo"] is None:
        return "not reached"
    return f"{line['halo']:.1f}, {line['grain']:.2f}"


def _median(line: Line) -> float:
    return float(statistics.median(line["seconds"]))


def _device(line: Line) -> str:
    return "processor" if line["device"] == "cpu" else str(line["device"])
