"""Which pixels of a face are bare skin, learnt from the face itself."""

from __future__ import annotations

import torch

from fusion.ops import constants, filters, mask

_FLOOR = (9.0, 4.5, 4.5)  # Lab: the least spread of skin, so that an even face does not reject its own shadows
_NEAR, _FAR = 2.2, 4.2  # spreads away from the skin at which a pixel begins to doubt, and is no skin


def skin_map(lab: torch.Tensor, seed: torch.Tensor, face: float) -> torch.Tensor:
    """How likely each pixel is skin.

    The colour of skin is a plane over the face (light falls from somewhere) fitted to the seed, with a robust spread.
    The answer follows the picture's own edges (guided filter).

    Args:
        lab: (3, H, W).
        seed: (1, H, W), nose and cheeks.
        face: width of the face, px.

    Returns:
        (1, H, W) in 0…1.
    """
    height, width = lab.shape[-2:]
    expected, spread = _model(lab, seed)
    distance = ((lab - expected) / spread).square()
    # a shadow or a highlight on skin moves L with little change of hue: L counts for less than a and b
    total = (0.5 * distance[0] + distance[1] + distance[2]).sqrt().unsqueeze(0)
    raw = 1 - mask.smoothstep(total, _NEAR, _FAR)
    smooth = filters.guided(lab[:1] / 100, raw, max(1, round(0.02 * face)), 4e-4)
    assert smooth.shape[-2:] == (height, width)
    return smooth.clamp(0, 1)


def _model(lab: torch.Tensor, seed: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The expected Lab of skin at each pixel (3, H, W), and its spread (3, 1, 1)."""
    height, width = lab.shape[-2:]
    y = torch.linspace(-1, 1, height, device=lab.device).view(1, height, 1).expand(1, height, width)
    x = torch.linspace(-1, 1, width, device=lab.device).view(1, 1, width).expand(1, height, width)
    plane = torch.cat([torch.ones_like(x), x, y]).reshape(3, -1)
    chosen = seed.reshape(-1) > 0.5
    design, colours = plane[:, chosen].T, lab.reshape(3, -1)[:, chosen].T
    weight = torch.ones(len(design), 1, device=lab.device)
    ridge = torch.diag(constants.on(lab.device, 1e-6, 0.02, 0.02)) * max(len(design), 1)
    for _ in range(4):  # reweighted least squares: glints, nostrils and stray hair in the seed lose their say
        fit = torch.linalg.solve(design.T @ (design * weight) + ridge, design.T @ (colours * weight))
        rest = colours - design @ fit
        scale = rest.abs().median(0).values.clamp_min(1.0) * 1.4826
        weight = 1 / (1 + (rest / (2 * scale)).square().sum(1, keepdim=True))
    floor = constants.on(lab.device, *_FLOOR)
    expected = (fit.T @ plane).view(3, height, width)
    return expected, torch.maximum(scale * 1.3, floor).view(3, 1, 1)
