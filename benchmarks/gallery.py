"""Pictures to look at: every ordered pair of photos, in every mode, at every ratio.

    python -m benchmarks.gallery [FOLDER] [--photos FOLDER_OR_FILE ...] [--modes normal blend overlay] [--scores]

Figures cannot tell whether a face looks right; eyes at full size can. For each pair two sheets go into FOLDER
(`gallery/`, which git ignores): the whole pictures, reduced, and the faces at 100 %. Rows are modes, columns are the
target, the ratios and the source. It also prints how strongly glasses show in each photo, the figure by which
`fusion.parsing` decides. Nothing is recorded: the sheets show people.
"""

from __future__ import annotations

import argparse
import itertools
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from benchmarks.shared import common
from benchmarks.shared.common import ROOT, Portrait
from fusion.errors import NoFace
from fusion.face_setting import LARGEST
from fusion.faces import choose
from fusion.parsing import FaceMap, parse
from fusion.photos import decode
from fusion.pipeline import Pipeline, Result
from fusion.settings import Settings
from fusion.types import Box, Mode, Role, Tier

RATIOS = (0.0, 0.25, 0.5, 0.75, 1.0)
WHOLE_PX = 300  # longest side of a whole picture on its sheet
FACE_PX = 900  # longest side of a face at 100 %; of larger ones the middle is shown
FACE_MARGIN = 0.25  # of the face box, shown around it
HEAD_PX = 22

Tile = tuple[str, np.ndarray]


def glasses_on(pipeline: Pipeline, portrait: Portrait) -> FaceMap:
    """What the largest face wears, as the engine sees it."""
    pixels = portrait.target.pixels
    return parse(pixels, choose(pipeline.finder.find(pixels), LARGEST, Role.TARGET))


def sheets(
    pipeline: Pipeline, folder: Path, target: Portrait, source: Portrait, modes: Sequence[Mode], tier: Tier
) -> None:
    """Make and save the two sheets of one pair."""
    whole: list[list[Tile]] = []
    faces: list[list[Tile]] = []
    notices: dict[str, None] = {}
    for mode in modes:
        results = [
            pipeline.run(target.target, source.source, Settings(ratio=ratio, mode=mode, output=tier))
            for ratio in RATIOS
        ]
        notices |= dict.fromkeys(notice.code for notice in results[-1].notices)
        whole.append(_row(mode, results, target, source, cut=False))
        faces.append(_row(mode, results, target, source, cut=True))
    name = f"{target.name}--{source.name}"
    _sheet(whole).save(folder / f"{name}-whole.jpg", quality=90)
    _sheet(faces).save(folder / f"{name}-faces.png", compress_level=3)
    print(f"{name}: {', '.join(notices) or 'no notices'}", flush=True)


def _row(mode: Mode, results: list[Result], target: Portrait, source: Portrait, cut: bool) -> list[Tile]:
    first = results[0]
    scale = first.size.width / target.target.size.width
    box = first.target_face.box
    box = Box(box.left * scale, box.top * scale, box.right * scale, box.bottom * scale)
    show = _face if cut else _whole
    tiles = [(f"target ({mode})", show(first.before, box))]
    tiles += [(f"{ratio:g}", show(result.pixels, box)) for ratio, result in zip(RATIOS, results, strict=True)]
    giver = source.source.pixels
    return [*tiles, ("source", decode.thumbnail(show(giver, first.source_face.box), tiles[0][1].shape[0]))]


def _whole(pixels: np.ndarray, box: Box) -> np.ndarray:
    return decode.thumbnail(pixels, WHOLE_PX)


def _face(pixels: np.ndarray, box: Box) -> np.ndarray:
    x, y = box.centre
    half = min(FACE_PX / 2, max(box.width, box.height) * (0.5 + FACE_MARGIN))
    left, top = max(0, round(x - half)), max(0, round(y - half))
    return pixels[top : top + round(2 * half), left : left + round(2 * half)]


def _sheet(rows: list[list[Tile]]) -> Image.Image:
    """The tiles in a table, each under its heading."""
    columns = [max(row[i][1].shape[1] for row in rows) for i in range(len(rows[0]))]
    heights = [max(tile.shape[0] for _, tile in row) + HEAD_PX for row in rows]
    sheet = Image.new("RGB", (sum(columns) + 4 * len(columns), sum(heights) + 4 * len(rows)), "#202020")
    pen = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(14)
    top = 0
    for row, height in zip(rows, heights, strict=True):
        left = 0
        for (heading, tile), width in zip(row, columns, strict=True):
            pen.text((left + 4, top + 3), heading, fill="white", font=font)
            sheet.paste(Image.fromarray(np.ascontiguousarray(tile)), (left, top + HEAD_PX))
            left += width + 4
        top += height + 4
    return sheet


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "gallery", help="where the sheets go (gallery/)")
    parser.add_argument("--photos", nargs="+", type=Path, default=[], help="portraits, or folders of portraits")
    parser.add_argument("--modes", nargs="+", type=Mode, default=list(Mode), help="normal, blend, overlay")
    parser.add_argument("--output", type=Tier, default=Tier.AUTO, help="output tier (auto)")
    parser.add_argument("--scores", action="store_true", help="print the glasses scores and make no sheets")
    given = parser.parse_args()
    samples, others = common.sample_portraits(), common.portraits(given.photos)
    given.folder.mkdir(parents=True, exist_ok=True)
    with Pipeline() as pipeline:
        for portrait in [*samples, *others]:
            try:
                found = glasses_on(pipeline, portrait)
                print(f"{portrait.name}: {found.glasses}, score {found.glasses_score:.1f}")
            except NoFace as error:
                print(f"{portrait.name}: {error}", file=sys.stderr)
        pairs = [*itertools.permutations(samples, 2), *itertools.permutations(others, 2)]
        for target, source in [] if given.scores else pairs:
            try:
                sheets(pipeline, given.folder, target, source, given.modes, given.output)
            except NoFace as error:
                print(f"{target.name}--{source.name}: {error}", file=sys.stderr)


if __name__ == "__main__":
    main()
