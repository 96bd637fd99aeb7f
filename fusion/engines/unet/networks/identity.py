"""Who a face is: the embedding of modelscope's ArcFace network (CurricularFace weights)."""

from __future__ import annotations

from pathlib import Path

import torch
import torch.nn.functional as F
from modelscope.models.cv.image_face_fusion.network.model_irse import Backbone

from fusion.engines.unet.networks import checkpoint, folding
from fusion.engines.unet.networks.lending import Home

SIDE = 112  # px of the crop that the network looks at
LENGTH = 512
# Cosine to the mean of a person's other embeddings below which one is taken for somebody else's: networks of this kind
# tell two people apart at 0.2 to 0.3, and two photos of one person seldom come below 0.4.
UNLIKE = 0.3


class Identity:
    """Always float32: a hundred layers deep, small, and what all else hangs on. `lends` as of `Generator`.

    Raises:
        WeightsInvalid: see `fusion.engines.unet.networks.checkpoint`.
    """

    def __init__(self, path: Path, device: torch.device, *, lends: bool = False) -> None:
        state = checkpoint.read(path)
        self._network = checkpoint.filled(lambda: Backbone([SIDE, SIDE], 100, "ir"), state, path)
        folding.batch_norms(self._network)
        Home(device, lends=lends).children_ready(self._network)

    def __call__(self, crop: torch.Tensor) -> torch.Tensor:
        """(N, 512) float32 of unit length, of crops (N, 3, 256, 256) float32 in -1…1."""
        small = F.interpolate(crop, (SIDE, SIDE), mode="bilinear", align_corners=True)
        network = self._network
        features = network.body(network.input_layer(small.contiguous(memory_format=torch.channels_last)))
        # the last layer was trained on channels first
        return F.normalize(network.output_layer(features.contiguous()), dim=1)


def alike(embeddings: torch.Tensor) -> tuple[int, ...]:
    """Which of some embeddings (N, 512) are of one person: all but those that are unlike the rest.

    The least like the mean of the others goes first, and of two that are unlike the second one, until all agree.
    """
    kept = list(range(len(embeddings)))
    while len(kept) > 1:
        those = embeddings[kept]
        others = F.normalize(those.sum(0, keepdim=True) - those, dim=1)
        cosines = (those * others).sum(1)
        worst = len(kept) - 1 - int(cosines.flip(0).argmin())
        if float(cosines[worst]) >= UNLIKE:
            break
        del kept[worst]
    return tuple(kept)


def mean(embeddings: torch.Tensor) -> torch.Tensor:
    """(1, 512): the mean of embeddings (N, 512) on the sphere; of one alone it is that one."""
    return embeddings if len(embeddings) == 1 else F.normalize(embeddings.mean(0, keepdim=True), dim=1)


def between(own: torch.Tensor, other: torch.Tensor, ratio: float) -> torch.Tensor:
    """The embedding `ratio` of the way from `own` to `other`, along the sphere (Shoemake 1985). (N, 512) each.

    The ends are exactly the ends. Faces that point in opposite directions have no one way between them; then, and
    where the two are nearly one, the straight line is taken and brought back to unit length.
    """
    if ratio in (0.0, 1.0):
        return other if ratio else own
    cosine = (own * other).sum(1, keepdim=True).clamp(-1, 1)
    angle = torch.arccos(cosine)
    straight = F.normalize(torch.lerp(own, other, ratio), dim=1)
    sine = angle.sin()
    arc = (((1 - ratio) * angle).sin() * own + (ratio * angle).sin() * other) / sine.clamp_min(1e-4)
    return torch.where(sine > 1e-3, arc, straight)
