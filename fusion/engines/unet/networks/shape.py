"""The build of a face in three dimensions: coefficients of the Basel model, and its key points in the picture.

Deng et al. 2019, "Accurate 3D Face Reconstruction with Weakly-Supervised Learning": 80 numbers for the build, 64 for
the expression, then texture, angles (3), light (27) and place (3).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from modelscope.models.cv.image_face_fusion.network.facerecon_model import ReconNetWrapper
from scipy.io import loadmat
from scipy.io.matlab import MatReadError

from fusion.engines.unet.networks import checkpoint, folding
from fusion.engines.unet.networks.lending import Home
from fusion.errors import Phrase, PhraseCode

SIDE = 224  # px of the crop that the network looks at, and of the picture that the camera makes
KEY_POINTS = 17  # the outline of the jaw: the first of the model's 68
BUILD, EXPRESSION = slice(0, 80), slice(80, 144)
_ANGLES, _PLACE = slice(224, 227), slice(254, 257)
_FOCAL, _CENTRE, _DISTANCE = 1015.0, 112.0, 10.0  # the camera that the network was trained with
_MEMBERS = ("meanshape", "idBase", "exBase", "keypoints")


class Shape:
    """Always float32: the answer is a place in the picture. `lends` as of `Generator`.

    Raises:
        WeightsInvalid: see `fusion.engines.unet.networks.checkpoint`; or the face model lacks a part.
    """

    def __init__(self, network: Path, face_model: Path, device: torch.device, *, lends: bool = False) -> None:
        state = checkpoint.read(network, "net_recon")
        filled = checkpoint.filled(lambda: ReconNetWrapper("resnet50", use_last_fc=False), state, network)
        folding.batch_norms(filled)
        self._network = Home(device, lends=lends).ready(filled)
        mean, build, expression = _face_model(face_model)
        self._mean, self._build, self._expression = (
            torch.from_numpy(part).to(device) for part in (mean, build, expression)
        )

    def coefficients(self, crop: torch.Tensor) -> torch.Tensor:
        """(N, 257) of crops (N, 3, 256, 256) float32 in -1…1."""
        seen = F.interpolate(crop * 0.5 + 0.5, size=SIDE, mode="bilinear", align_corners=False)
        found = self._network(seen.contiguous(memory_format=torch.channels_last))
        assert isinstance(found, torch.Tensor)
        return found

    def key_points(self, coefficients: torch.Tensor) -> torch.Tensor:
        """(N, 17, 2) in -1…1 of the crop, x to the right and y down, of (N, 257)."""
        solid = self._mean + coefficients[:, BUILD] @ self._build + coefficients[:, EXPRESSION] @ self._expression
        turned = solid.view(-1, KEY_POINTS, 3) @ _rotation(coefficients[:, _ANGLES])
        x, y, z = (turned + coefficients[:, _PLACE].unsqueeze(1)).unbind(-1)
        depth = _DISTANCE - z
        across, up = _FOCAL * x / depth + _CENTRE, _FOCAL * y / depth + _CENTRE
        return torch.stack([across / SIDE * 2 - 1, (1 - up / SIDE) * 2 - 1], -1)


def between(own: torch.Tensor, other: torch.Tensor, ratio: float) -> torch.Tensor:
    """The target's coefficients with its build `ratio` / 2 of the way to the source's; (N, 257) each.

    Half of the way is what the model was trained for: at 1 it is the mean of the two.
    """
    mixed = own.clone()
    mixed[:, BUILD] = torch.lerp(own[:, BUILD], other[:, BUILD], ratio / 2)
    return mixed


def _rotation(angles: torch.Tensor) -> torch.Tensor:
    """(N, 3, 3), to be multiplied from the right: about x, then y, then z; angles in radians."""
    zero, one = torch.zeros_like(angles[:, 0]), torch.ones_like(angles[:, 0])
    (cx, cy, cz), (sx, sy, sz) = angles.cos().unbind(1), angles.sin().unbind(1)

    def matrix(*rows: torch.Tensor) -> torch.Tensor:
        return torch.stack(rows, 1).view(-1, 3, 3)

    about_x = matrix(one, zero, zero, zero, cx, -sx, zero, sx, cx)
    about_y = matrix(cy, zero, sy, zero, one, zero, -sy, zero, cy)
    about_z = matrix(cz, -sz, zero, sz, cz, zero, zero, zero, one)
    return (about_z @ about_y @ about_x).transpose(1, 2)


def _face_model(path: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean (51,), build (80, 51) and expression (64, 51) of the 17 key points alone; float32.

    The other 35 692 points of the head only matter for its middle, which is taken as the origin.
    """
    try:
        model = loadmat(path, variable_names=_MEMBERS)
    except (MatReadError, ValueError, OSError, NotImplementedError, EOFError) as error:
        raise checkpoint.invalid(path, str(error) or type(error).__name__) from error
    missing = [name for name in _MEMBERS if name not in model]
    if missing:
        raise checkpoint.invalid(path, Phrase(PhraseCode.PARTS_MISSING, {"names": tuple(missing)}))
    mean = model["meanshape"].astype(np.float32).reshape(-1, 3)
    rows = np.ravel(model["keypoints"]).astype(np.int64)[:KEY_POINTS] - 1
    bases = [model[name].astype(np.float32) for name in ("idBase", "exBase")]
    if any(base.shape != (mean.size, count) for base, count in zip(bases, (80, 64), strict=True)):
        raise checkpoint.invalid(path, Phrase(PhraseCode.PARTS_UNFIT))
    if len(rows) < KEY_POINTS or rows.min() < 0 or rows.max() >= len(mean):
        raise checkpoint.invalid(path, Phrase(PhraseCode.POINTS_UNFIT))
    mean = (mean - mean.mean(0))[rows].reshape(-1)
    build, expression = (base.reshape(-1, 3, base.shape[1])[rows].reshape(-1, base.shape[1]).T for base in bases)
    return mean, np.ascontiguousarray(build), np.ascontiguousarray(expression)
