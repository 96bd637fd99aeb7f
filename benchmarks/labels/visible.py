"""The visible label against its bars: ink, contrast, faces. Measured from the pixels, not from what the label says.

    python -m benchmarks.labels.visible [--quick]

Twenty sizes from 512 to 8192 px, both labels, five grounds each, with one to six faces anywhere. What is changed of a
picture is where its label is; `benchmarks.labels.ink` measures the letters in it. A line goes to results/labels.jsonl.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from benchmarks.labels import ink
from benchmarks.shared import common
from fusion.labels import INK_SHARE, Label, drawn
from fusion.sizing import Rect
from fusion.types import Box, Size

SIZES = (
    *((512, 512), (512, 768), (768, 512), (640, 1138), (1024, 576), (1024, 1024), (1080, 1350), (1920, 1080)),
    *((1080, 1920), (2048, 2048), (3000, 2000), (2400, 3600), (4096, 2304), (4096, 4096), (1000, 3000), (8192, 512)),
    *((512, 8192), (6000, 4000), (8192, 4608), (8192, 8192)),
)
QUICK = SIZES[:8]
TIMED, RUNS = (1024, 4096), 9
CONTRAST = 4.5  # WCAG 2, level AA
LETTERS = {Label.EN: 10, Label.ZH: 4}  # without the hyphen
GROUNDS = ("white", "black", "noise", "stripes", "ramp")
TILE = 512  # px of noise that a large picture repeats


@dataclass(frozen=True, slots=True)
class Seen:
    """One label in one picture.

    Attributes:
        share: of its smallest letter's ink in the picture's shorter side.
        over: px² of faces under it.
        is_told: whether it said that it could not keep off them.
        is_whole: whether every letter was found.
    """

    share: float
    contrast: float
    over: float
    is_told: bool
    is_whole: bool

    @property
    def passed(self) -> bool:
        return self.share >= INK_SHARE and self.contrast >= CONTRAST and not self.over and self.is_whole


def seen(size: Size, label: Label, ground: str, faces: list[Box]) -> Seen:
    """The label drawn, and looked at."""
    before = picture(ground, size)
    after, placed = drawn(before.copy(), label, faces)
    box = changed(before, after)
    found = ink.measured(after, box)
    over = max((_shared(box, face) for face in faces), default=0.0)
    share = found.smallest_px / min(size.width, size.height)
    return Seen(share, found.contrast, over, placed.notice is not None, found.letters == LETTERS[label])


def changed(before: np.ndarray, after: np.ndarray) -> Rect:
    """The box around all pixels that are not as they were."""
    rows = [bool((one != other).any()) for one, other in zip(before, after, strict=True)]
    top, bottom = rows.index(True), len(rows) - rows[::-1].index(True)
    columns = np.flatnonzero((before[top:bottom] != after[top:bottom]).any(axis=(0, 2)))
    return Rect(int(columns[0]), top, int(columns[-1] - columns[0]) + 1, bottom - top)


def picture(ground: str, size: Size) -> np.ndarray:
    """(H, W, 3) uint8, a new one."""
    shape = (size.height, size.width, 3)
    if ground in ("white", "black"):
        return np.full(shape, 255 if ground == "white" else 0, np.uint8)
    if ground == "noise":
        tile = np.random.default_rng(3).integers(0, 256, (TILE, TILE, 3), np.uint8)
        return np.resize(np.tile(tile, (1, -(-size.width // TILE), 1))[:, : size.width], shape)
    across = np.arange(size.width)
    line = 255 * (across // max(1, size.width // 40) % 2) if ground == "stripes" else 255 * across // size.width
    return np.repeat(np.repeat(line.astype(np.uint8)[None, :, None], size.height, axis=0), 3, axis=2)


def people(size: Size, random: np.random.Generator) -> list[Box]:
    """One to six faces, a twentieth to a third of the shorter side wide."""
    short, found = min(size.width, size.height), list[Box]()
    for _ in range(int(random.integers(1, 7))):
        wide = float(random.uniform(0.05, 0.33)) * short
        x, y = float(random.uniform(0, size.width)), float(random.uniform(0, size.height))
        found.append(Box(x - wide / 2, y - 0.65 * wide, x + wide / 2, y + 0.65 * wide))
    return found


def _shared(box: Rect, face: Box) -> float:
    across = min(box.left + box.width, face.right) - max(box.left, face.left)
    down = min(box.top + box.height, face.bottom) - max(box.top, face.top)
    return max(0.0, across) * max(0.0, down)


def all_seen(sizes: tuple[tuple[int, int], ...]) -> Iterator[tuple[Size, Label, str, Seen]]:
    """Each size with each label on each ground."""
    random = np.random.default_rng(18)
    for width, height in sizes:
        for label in Label:
            for ground in GROUNDS:
                size = Size(width, height)
                yield size, label, ground, seen(size, label, ground, people(size, random))


def milliseconds(side: int, clock: Callable[[], float]) -> float:
    """Of drawing the label into a square: the median, once its letters are known."""
    pixels = np.full((side, side, 3), 200, np.uint8)
    drawn(pixels, Label.EN)
    took = []
    for _ in range(RUNS):
        begin = clock()
        drawn(pixels, Label.EN)
        took.append(1000 * (clock() - begin))
    return round(statistics.median(took), 2)


def main() -> int:
    """Measure, print, and write a line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="the first eight sizes, and no line")
    quick = parser.parse_args().quick
    shown = list(all_seen(QUICK if quick else SIZES))
    for size, label, ground, one in shown:
        if not one.passed:
            print(f"MISS {size} {label} {ground}: {one}")
    each = [one for *_, one in shown]
    facts = {
        "kind": "visible",
        "pictures": len(each),
        "sizes": len({size for size, *_ in shown}),
        "passed": sum(one.passed for one in each),
        "least_ink": round(min(one.share for one in each), 4),
        "most_ink": round(max(one.share for one in each), 4),
        "least_contrast": round(min(one.contrast for one in each), 2),
        "over_a_face": sum(bool(one.over) for one in each),
        "told": sum(one.is_told for one in each),
        "ms": {str(side): milliseconds(side, time.perf_counter) for side in TIMED},
        "cpu_ms": {str(side): milliseconds(side, time.process_time) for side in TIMED},
    }
    print(facts)
    if not quick:
        common.record("labels", facts)
    return int(facts["passed"] != facts["pictures"])


if __name__ == "__main__":
    sys.exit(main())
