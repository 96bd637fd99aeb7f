"""sRGB ⇄ CIE L*a*b* (D65). IEC 61966-2-1 for the transfer curve, CIE 15:2004 for Lab."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from fusion.ops import constants, filters, interrupt

LEVELS = 256
SEEN_PX = 200  # about: side of the picture as it is looked at
OFF = 8.0  # levels of a byte: a pixel further off the one colour of its lightness is of another hue
OFF_SHARE = 0.015  # of the pixels that may be: the noise of a JPEG, a speck of dust
GREY = 0.75  # levels: a tint that is nowhere stronger is none
SMOOTH = 3.0  # levels, standard deviation: neighbouring lightnesses have about the same hue
_LUMA = (0.299, 0.587, 0.114)  # BT.601
BLACK = 0.004  # linear light, added before each logarithm
_WHITE = (0.95047, 1.0, 1.08883)
_TO_XYZ = (
    (0.4124564, 0.3575761, 0.1804375),
    (0.2126729, 0.7151522, 0.0721750),
    (0.0193339, 0.1191920, 0.9503041),
)
_EDGE = (6 / 29) ** 3
_AT_ONCE = 2**17  # px


@constants.kept(4)
def _tables(device: torch.device) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """sRGB byte → linear light, linear RGB → XYZ / white, and its inverse."""
    code = torch.arange(256, dtype=torch.float32, device=device) / 255
    linear = torch.where(code <= 0.04045, code / 12.92, ((code + 0.055) / 1.055) ** 2.4)
    to_xyz = torch.tensor(_TO_XYZ, device=device) / torch.tensor(_WHITE, device=device)[:, None]
    return linear, to_xyz, torch.linalg.inv(to_xyz)


def lab_from_bytes(image: torch.Tensor) -> torch.Tensor:
    """(H, W, 3) uint8 sRGB → (3, H, W) float32 Lab."""
    height, width = image.shape[:2]
    lab = torch.empty(3, height, width, device=image.device)
    for rows in _strips(height, width):
        lab[:, rows] = _lab_from_bytes(image[rows])
    return lab


def bytes_from_lab(lab: torch.Tensor) -> torch.Tensor:
    """(3, H, W) float32 Lab → (H, W, 3) uint8 sRGB, rounded; colours outside sRGB are clipped."""
    height, width = lab.shape[-2:]
    image = torch.empty(height, width, 3, dtype=torch.uint8, device=lab.device)
    for rows in _strips(height, width):
        image[rows] = _bytes_from_lab(lab[:, rows])
    return image


def _strips(height: int, width: int) -> Iterator[slice]:
    """Rows at a time: a conversion has some ten numbers for each of its pixels alive at once."""
    step = max(1, _AT_ONCE // max(width, 1))
    return (slice(top, min(top + step, height)) for top in range(0, height, step))


def _lab_from_bytes(image: torch.Tensor) -> torch.Tensor:
    interrupt.heed()
    linear, to_xyz, _ = _tables(image.device)
    # index_select, not linear[image]: advanced indexing with a byte tensor would take it for a mask
    light = linear.index_select(0, image.permute(2, 0, 1).reshape(-1).int()).view(3, -1)
    xyz = to_xyz @ light
    f = torch.where(xyz > _EDGE, xyz.clamp_min(_EDGE) ** (1 / 3), xyz * (841 / 108) + 4 / 29)
    lab = torch.stack([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])
    return lab.view(3, *image.shape[:2])


def _bytes_from_lab(lab: torch.Tensor) -> torch.Tensor:
    interrupt.heed()
    _, _, to_rgb = _tables(lab.device)
    height, width = lab.shape[-2:]
    flat = lab.reshape(3, -1)
    fy = (flat[0] + 16) / 116
    f = torch.stack([fy + flat[1] / 500, fy, fy - flat[2] / 200])
    xyz = torch.where(f > 6 / 29, f * f * f, (f - 4 / 29) * (108 / 841))
    light = (to_rgb @ xyz).clamp_(0, 1)
    code = torch.where(light <= 0.0031308, light * 12.92, 1.055 * light.clamp_min(0.0031308) ** (1 / 2.4) - 0.055)
    return code.mul_(255).round_().to(torch.uint8).view(3, height, width).permute(1, 2, 0)


def linear_from_lab(lab: torch.Tensor) -> torch.Tensor:
    """(3, H, W) float32 Lab → (3, H, W) linear RGB, 1 is white; colours outside sRGB are not below 0."""
    interrupt.heed()
    _, _, to_rgb = _tables(lab.device)
    fy = (lab[0] + 16) / 116
    f = torch.stack([fy + lab[1] / 500, fy, fy - lab[2] / 200])
    xyz = torch.where(f > 6 / 29, f * f * f, (f - 4 / 29) * (108 / 841))
    return (to_rgb @ xyz.reshape(3, -1)).view_as(lab).clamp_min_(0)


def lab_from_linear(light: torch.Tensor) -> torch.Tensor:
    """(3, H, W) float32 linear RGB → (3, H, W) Lab."""
    interrupt.heed()
    _, to_xyz, _ = _tables(light.device)
    xyz = (to_xyz @ light.reshape(3, -1)).view_as(light)
    f = torch.where(xyz > _EDGE, xyz.clamp_min(_EDGE) ** (1 / 3), xyz * (841 / 108) + 4 / 29)
    return torch.stack([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def log_light(light: torch.Tensor) -> torch.Tensor:
    """The logarithm of linear light, in which a change of light is a sum; of black too."""
    return torch.log(light + BLACK)


def luminance(light: torch.Tensor) -> torch.Tensor:
    """(3, H, W) linear RGB → (1, H, W), Y of it. Of logarithms of light: their mean with the same weights."""
    red, green, blue = _TO_XYZ[1]
    return (red * light[:1]).add_(light[1:2], alpha=green).add_(light[2:3], alpha=blue)


def log_hue(log: torch.Tensor) -> torch.Tensor:
    """What of the logarithm of light, or of a change of it, is no lightness. (3, H, W)."""
    return log - luminance(log)


def brightened(lab: torch.Tensor, log_gain: torch.Tensor) -> torch.Tensor:
    """Lab after its light has been multiplied by exp(`log_gain`), (1, H, W): Lab is made of cube roots of light."""
    root = torch.exp(log_gain / 3)
    return torch.cat([(lab[:1] + 16) * root - 16, lab[1:] * root])


def palette_of(picture: torch.Tensor) -> torch.Tensor | None:
    """The colours of a picture of one hue, None of any other.

    Args:
        picture: (H, W, 3) uint8 sRGB.

    Returns:
        (256, 3) float32: for each lightness what its colour has more than a grey of it, in levels of a byte.
    """
    # blocks of pixels: what JPEG leaves of the hue of a fine detail is not its own
    factor = max(1, max(picture.shape[:2]) // SEEN_PX)
    rgb = filters.reduce(picture.permute(2, 0, 1).float(), factor).round_().reshape(3, -1).T
    level = _level(rgb)
    # whole numbers: sums of floats depend on a card's order of work
    count = torch.bincount(level, minlength=LEVELS)
    sums = torch.stack([torch.zeros_like(count).index_add_(0, level, rgb[:, i].long()) for i in range(3)])
    tint = (sums / count.clamp_min(1) - torch.arange(LEVELS, device=picture.device)).float() * (count > 0)
    sure = count / (count + 1e-4 * len(rgb))
    palette = filters.spread(tint.unsqueeze(1), sure.view(1, 1, -1), SMOOTH)[:, 0].T.contiguous()
    palette = palette * (palette.abs().amax() > GREY)
    off = (rgb - _colored(rgb, palette)).abs().amax(1)
    return palette if float((off > OFF).float().mean()) <= OFF_SHARE else None


def within_palette(picture: torch.Tensor, palette: torch.Tensor) -> torch.Tensor:
    """(H, W, 3) uint8: the picture in the colours of a palette, each pixel as light as it was."""
    colored = _colored(picture.reshape(-1, 3).float(), palette)
    return colored.round_().clamp_(0, 255).to(torch.uint8).view(picture.shape)


def _colored(rgb: torch.Tensor, palette: torch.Tensor) -> torch.Tensor:
    return _luma(rgb).round().unsqueeze(1) + palette[_level(rgb)]


def _level(rgb: torch.Tensor) -> torch.Tensor:
    return _luma(rgb).round().long().clamp(0, LEVELS - 1)


def _luma(rgb: torch.Tensor) -> torch.Tensor:
    return rgb @ constants.on(rgb.device, *_LUMA)
