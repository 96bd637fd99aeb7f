"""A contact sheet of fused pairs, to be looked at: figures cannot tell whether a face looks right."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from fusion.types import Box

CELL_PX = 360
MARGIN = 0.45  # of the face's longer side, shown around it
LINE_PX = 20
OUTSIDE = (90, 90, 90)


def portrait(pixels: np.ndarray, box: Box) -> np.ndarray:
    """(CELL_PX, CELL_PX, 3) uint8: a face and what is around it, grey where the photo ends."""
    side = max(box.width, box.height) * (1 + 2 * MARGIN)
    scale = CELL_PX / side
    x, y = box.centre
    cell_from_photo = np.array([[scale, 0, CELL_PX / 2 - x * scale], [0, scale, CELL_PX / 2 - y * scale]])
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    height, width = pixels.shape[:2]
    small = cv2.resize(pixels, (max(1, round(width * scale)), max(1, round(height * scale))), interpolation=way)
    return cv2.warpAffine(
        small, np.column_stack([np.eye(2), cell_from_photo[:, 2]]), (CELL_PX, CELL_PX), borderValue=OUTSIDE
    )


class Sheet:
    """Rows of pictures under their captions."""

    def __init__(self) -> None:
        self._rows: list[Image.Image] = []

    def add(self, name: str, pictures: Sequence[np.ndarray], captions: Sequence[str]) -> None:
        """One row; `name` stands over its first picture."""
        row = Image.new("RGB", (CELL_PX * len(pictures), CELL_PX + LINE_PX), "#202020")
        pen, font = ImageDraw.Draw(row), ImageFont.load_default(12)
        for i, (picture, caption) in enumerate(zip(pictures, captions, strict=True)):
            row.paste(Image.fromarray(picture), (i * CELL_PX, LINE_PX))
            pen.text((i * CELL_PX + 4, 3), caption or (name if i == 0 else ""), fill="white", font=font)
        self._rows.append(row)

    def save(self, path: Path) -> None:
        """Write the rows, one below the other; nothing where there is none."""
        if not self._rows:
            return
        height = sum(row.height for row in self._rows)
        sheet = Image.new("RGB", (self._rows[0].width, height))
        top = 0
        for row in self._rows:
            sheet.paste(row, (0, top))
            top += row.height
        sheet.save(path, quality=88)
