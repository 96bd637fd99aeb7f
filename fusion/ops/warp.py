"""Resizing, reflecting and sampling."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
import torch
import torch.nn.functional as F

from fusion.ops import interrupt, on_host
from fusion.sizing import Plan, Rect
from fusion.types import Fill
from fusion.units import MIB

ONE_PIECE_BYTES = 32 * MIB  # what is resized at once: torch holds several copies of what it works on
STRIP_BYTES = 2 * MIB  # of one strip of what is larger
BLURRED_SIDE = 192  # px, the longer side at which a border is blurred
BLUR = 0.04  # standard deviation, of the longer side


def resize(image: torch.Tensor, width: int, height: int) -> torch.Tensor:
    """(H, W, 3) uint8 → (height, width, 3) uint8, bicubic, anti-aliased when it shrinks.

    Beside a large answer it holds at most (H, width, 3) bytes and a few strips.
    """
    interrupt.heed()
    if image.shape[:2] == (height, width):
        return image
    if image.numel() + width * height * 3 <= ONE_PIECE_BYTES:
        return _in_one_piece(image, width, height)
    out = image.new_empty(height, width, 3)
    _resize_into(out, image)
    return out


def _resize_into(out: torch.Tensor, image: torch.Tensor) -> None:
    """`resize` to the size of `out`: first across in strips of rows, then down in strips of columns.

    That is the order in which the CPU's byte kernel works too, so there the strips change no bit.
    """
    height, width = out.shape[:2]
    if image.shape[1] != width:
        across = out if image.shape[0] == height else image.new_empty(image.shape[0], width, 3)
        for rows in _strips(image.shape[0], max(image.shape[1], width)):
            part = image[rows]
            across[rows] = _in_one_piece(part, width, part.shape[0])
        image = across
    if image.shape[0] != height:
        for columns in _strips(width, max(image.shape[0], height)):
            part = image[:, columns]
            out[:, columns] = _in_one_piece(part, part.shape[1], height)
    elif image is not out:
        out.copy_(image)


def _in_one_piece(image: torch.Tensor, width: int, height: int) -> torch.Tensor:
    planes = image.permute(2, 0, 1).unsqueeze(0)
    if image.device.type != "cpu":
        planes = planes.float()  # CUDA has no byte kernel; the CPU's byte kernel is several times faster than float
    out = F.interpolate(planes, size=(height, width), mode="bicubic", antialias=True, align_corners=False)
    if out.dtype != torch.uint8:
        out = out.round_().clamp_(0, 255).to(torch.uint8)
    return out.squeeze(0).permute(1, 2, 0).contiguous()


def _strips(length: int, across: int) -> Iterator[slice]:
    """`length` lines of `across` px in strips of about `STRIP_BYTES`."""
    lines = max(1, STRIP_BYTES // (3 * across))
    return (slice(start, min(start + lines, length)) for start in range(0, length, lines))


def lay_out(photo: torch.Tensor, plan: Plan, fill: Fill = Fill.REFLECT) -> torch.Tensor:
    """The target photo at the output's size: cropped, resized, padded. (H, W, 3) uint8 → same.

    The borders are mirrored without their first pixel (numpy's and OpenCV's "reflect"), as often as they need; or they
    show the photo enlarged and blurred, or the colour that its own border mostly has. That colour is also what lies
    where the file will be transparent.
    """
    interrupt.heed()
    crop, content, size = plan.crop, plan.content, plan.size
    part = photo[crop.top : crop.top + crop.height, crop.left : crop.left + crop.width]
    if content.size == size:
        return resize(part, size.width, size.height).contiguous()
    if fill in (Fill.BLUR, Fill.COLOR, Fill.TRANSPARENT):
        out = _blurred(part, size.width, size.height) if fill == Fill.BLUR else _plain(part, size.width, size.height)
        _resize_into(_of(out, content), part)
        return out
    out = photo.new_empty(size.height, size.width, 3)
    inner = out[content.top : content.top + content.height]
    _resize_into(inner[:, content.left : content.left + content.width], part)
    columns = _reflected(size.width, content.left, content.width, photo.device) + content.left
    for rows in _strips(content.height, size.width):
        inner[rows] = inner[rows].index_select(1, columns)
    sources = _reflected(size.height, content.top, content.height, photo.device) + content.top
    for rows in _strips(size.height, size.width):
        if rows.start < content.top or rows.stop > content.top + content.height:
            out[rows] = out.index_select(0, sources[rows])
    return out


def _of(frame: torch.Tensor, part: Rect) -> torch.Tensor:
    return frame[part.top : part.top + part.height, part.left : part.left + part.width]


def _blurred(photo: torch.Tensor, width: int, height: int) -> torch.Tensor:
    """(height, width, 3) uint8: the middle of the photo over the whole frame, so soft that it draws no eye."""
    scale = max(width / photo.shape[1], height / photo.shape[0])
    across, down = round(width / scale), round(height / scale)
    left, top = (photo.shape[1] - across) // 2, (photo.shape[0] - down) // 2
    middle = photo[top : top + max(1, down), left : left + max(1, across)].contiguous()
    shrink = BLURRED_SIDE / max(width, height)
    small = resize(middle, max(2, round(width * shrink)), max(2, round(height * shrink))).cpu().numpy()
    soft = cv2.GaussianBlur(small, (0, 0), BLUR * BLURRED_SIDE)
    return resize(torch.from_numpy(soft).to(photo.device), width, height).contiguous()


def _plain(photo: torch.Tensor, width: int, height: int) -> torch.Tensor:
    """(height, width, 3) uint8: the median of the photo's outermost pixels everywhere."""
    edge = torch.cat([photo[0], photo[-1], photo[:, 0], photo[:, -1]])
    return edge.median(0).values.expand(height, width, 3).contiguous()


def _reflected(length: int, start: int, inner: int, device: torch.device) -> torch.Tensor:
    """For each of `length` positions the index into `inner` px that begin at `start`, mirrored as often as needed."""
    period = max(1, 2 * inner - 2)  # neither end is repeated; of a single pixel there is nothing else to show
    phase = (torch.arange(length, device=device) - start).remainder(period)
    return torch.minimum(phase, period - phase)


def sample(image: torch.Tensor, map_px: torch.Tensor, mode: str = "bilinear") -> torch.Tensor:
    """(C, H, W) read at the px of `map_px` (2, h, w) → (C, h, w); beyond the border the border repeats."""
    interrupt.heed()
    if on_host.is_for(image):
        return on_host.sampled(image, map_px, mode)
    height, width = image.shape[-2:]
    grid = torch.stack([map_px[0] * (2 / width) - 1, map_px[1] * (2 / height) - 1], -1)
    return F.grid_sample(
        image.unsqueeze(0), grid.unsqueeze(0), mode=mode, padding_mode="border", align_corners=False
    ).squeeze(0)


def pixel_centres(height: int, width: int, device: torch.device) -> torch.Tensor:
    """(2, H, W): x and y of each pixel's centre."""
    y = torch.arange(height, dtype=torch.float32, device=device) + 0.5
    x = torch.arange(width, dtype=torch.float32, device=device) + 0.5
    return torch.stack([x.expand(height, width), y[:, None].expand(height, width)])


def affine(image: torch.Tensor, image_from_output: np.ndarray, width: int, height: int) -> torch.Tensor:
    """(H, W, C) uint8 or float32 read along straight lines, bilinear → (height, width, C) of the same kind.

    Args:
        image: with one to four channels; beyond its border it is 0.
        image_from_output: (2, 3), from pixel indices of the output to those of the image.
        width, height: of the output.
    """
    interrupt.heed()
    if image.device.type == "cpu":  # OpenCV writes no map of places, and is some ten times faster than grid_sample
        pixels, how = image.contiguous().numpy(), cv2.INTER_LINEAR
        found = on_host.along_lines(pixels, image_from_output, width, height, how, cv2.BORDER_CONSTANT)
        return torch.from_numpy(found)
    return _gathered(image, torch.tensor(image_from_output, dtype=torch.float32, device=image.device), width, height)


def _gathered(image: torch.Tensor, places: torch.Tensor, width: int, height: int) -> torch.Tensor:
    """`affine` by reading the four pixels around each place, so that a picture of bytes need not become one of floats.

    `places`: (2, 3).
    """
    rows, columns = image.shape[:2]
    x = torch.arange(width, device=image.device, dtype=torch.float32)
    y = torch.arange(height, device=image.device, dtype=torch.float32)[:, None]
    across, down = (line[0] * x + line[1] * y + line[2] for line in places)
    left, top = across.floor(), down.floor()
    total = torch.zeros(height, width, image.shape[2], device=image.device)
    for i, j in ((0, 0), (1, 0), (0, 1), (1, 1)):
        column, row = left + i, top + j
        weight = (1 - (across - column).abs()) * (1 - (down - row).abs())
        weight = weight * ((column >= 0) & (column < columns) & (row >= 0) & (row < rows))
        index = row.clamp(0, rows - 1).long() * columns + column.clamp(0, columns - 1).long()
        read = image.reshape(rows * columns, -1).index_select(0, index.view(-1))
        total.addcmul_(read.view(height, width, -1).float(), weight.unsqueeze(-1))
    return total.round_().to(torch.uint8) if image.dtype == torch.uint8 else total
