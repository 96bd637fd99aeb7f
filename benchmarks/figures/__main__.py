"""Writes the figures of docs/benchmarks.md from the newest lines of `results/`: no figure is typed by hand.

    python -m benchmarks.figures [--check]

With --check nothing is written, and the exit code is 1 where the page says something else.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

from benchmarks.figures import (
    advisor,
    cards,
    cluster,
    diagnosis,
    face_width,
    labels,
    people,
    programs,
    python_door,
    refusal,
    resolution,
    signing,
    soak,
    unet,
    verify,
)
from benchmarks.shared.lines import newest, where

PAGE = Path(__file__).resolve().parents[2] / "docs" / "benchmarks.md"
BEGIN = "<!-- figures: written by benchmarks/figures from benchmarks/results -->\n"
END = "<!-- end of figures -->"


def figures() -> str:
    """The page's text between the two marks: a heading for each subject that was measured."""
    subjects = {
        "The landmark engine": speed(),
        "A pixel of the face": face_width.face_width(),
        "The app": waiting(),
        "From Python": python_door.python_door(),
        "Likeness": identity(),
        "Any two people": people.people(),
        "Labels": labels.labels(),
        "Where a picture is from": verify.verify(),
        "Signatures and the watermark": signing.signing(),
        "Queue and workers": soak.soak(),
        "Several machines": cluster.cluster(),
        "The HTTP API": programs.programs(),
        "Diagnosis": diagnosis.diagnosis(),
        "Advice": advisor.advisor(),
        "Sizes and two stages": resolution.resolution(),
        "The unet engine": unet.unet(),
        "Memory of cards, and other programs": cards.cards(),
        "Refusal": refusal.refusal(),
    }
    parts = [f"## {title}\n\n{text.rstrip()}\n" for title, text in subjects.items() if text]
    return "\n" + "\n".join(parts) + "\n" if parts else "Not measured yet: see `benchmarks/`.\n"


def speed() -> str:
    """Seconds of whole fusions."""
    lines = newest("landmark", "case", "tier")
    if not lines:
        return ""
    rows = [
        f"A whole fusion, faces found anew, without decoding and encoding ({where(lines[-1])}; median of "
        f"{lines[-1]['fusewise']['runs']}, `benchmarks/landmark.py`), and a plain OpenCV piecewise-affine warp with "
        "`seamlessClone` beside it, which knows nothing of ratio, hair, glasses, mouths or light:",
        "",
        "| photos | output | face, px | Fusewise | plain OpenCV |",
        "|---|---|---|---|---|",
    ]
    names = {"sample": "sample pair", "close": "the same, cut close to the face"}
    for line in sorted(lines, key=lambda line: (line["case"] != "sample", int(line["tier"]))):
        width, height = line["output"]
        ours, plain = line["fusewise"]["median_s"], line["plain_opencv"]["median_s"]
        rows.append(f"| {names[line['case']]} | {width}×{height} | {line['face_px']} | {ours:.2f} s | {plain:.2f} s |")
    return "\n".join(rows) + "\n"


def waiting() -> str:
    """What a person waits for, and the memory of the web process."""
    lines = newest("app")
    if not lines:
        return ""
    line = lines[-1]
    seconds = {name: line[name]["median_s"] for name in ("server_up", "first_page", "first_picture", "next_picture")}
    memory = max(run["web_mib"] for run in line["runs"])
    return (
        f"In a real browser on the same machine ({where(line)}; median of {len(line['runs'])} fresh starts, "
        f"`benchmarks/app.py`): the server answers after {seconds['server_up']:.1f} s, the first page is whole "
        f"{seconds['first_page']:.1f} s later. From pressing Fuse to the picture, at 512 × 512: "
        f"{seconds['first_picture']:.1f} s on an app just started, {seconds['next_picture']:.1f} s after that. The web "
        f"process holds {memory:.0f} MiB.\n"
    )


def identity() -> str:
    """How far the fused faces are from both people."""
    lines = newest("identity", "target", "source", "mode")
    run = lines[-1].get("run") if lines else None  # "portrait-1" means another photo in another run
    lines = [line for line in lines if line.get("run") == run and line["mode"] == "normal" and line["apart"] >= 0.6]
    if not lines:
        return ""
    last = [line["rows"][-1] for line in lines]
    near, far = [row["to_source"] for row in last], [row["to_target"] for row in last]
    good = sum(not line["misses"] for line in lines)
    pairs = f"{len(lines)} ordered pairs of unlike faces"
    return (
        f"Who is to be seen, judged by dlib's face descriptor, in which one person's photos are usually less than 0.6 "
        f"apart ({pairs}, `benchmarks/identity.py`): at ratio 1 the fused face is {_span(near)} from the source and "
        f"{_span(far)} from the target. {good} of {len(lines)} pairs are within every bar of that script for identity, "
        "pose and expression; the others' misses are in `benchmarks/results/identity.jsonl`. The engine's constants "
        "were chosen while looking at these same photos and figures, so expect somewhat less of others.\n"
    )


def _span(values: list[float]) -> str:
    return f"{min(values):.2f}" if len(values) == 1 else f"{min(values):.2f} to {max(values):.2f}"


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; fail where the page differs")
    given = parser.parse_args()
    text = PAGE.read_text(encoding="utf-8")
    if text.count(BEGIN) != 1 or text.count(END) != 1:
        print(f"{PAGE.name} has lost the marks between which figures stand", file=sys.stderr)
        return 1
    fresh = re.sub(f"{re.escape(BEGIN)}.*?{re.escape(END)}", lambda _: BEGIN + figures() + END, text, flags=re.DOTALL)
    if given.check:
        return int(fresh != text)
    PAGE.write_text(fresh, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
