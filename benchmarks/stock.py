"""The model's own code, as the package `modelscope` has it, unchanged: what our engine is measured against.

It is `ImageFaceFusion.inference`. What it imports and we do not have is put in its place before: torchvision's three
transforms, and the TensorFlow detector, for which the caller gives five points of each face. Finding faces is thus
free here, as it is where the other side is measured.
"""

from __future__ import annotations

import importlib.util
import logging
import os
import sys
import time
import types
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch

_MODULE = "modelscope.models.cv.image_face_fusion.image_face_fusion"
_DETECTOR = "modelscope.models.cv.face_detection.peppa_pig_face.facer"


class Stock:
    """Loads the model when made.

    Args:
        folder: the model's folder; `detector.pb` and `keypoints.pb` are not needed.
        device: must be the one that the model's code chooses by itself: cuda where there is one.

    Raises:
        ValueError: it chooses another device.
    """

    def __init__(self, folder: Path, device: torch.device) -> None:
        _fill_in_for_what_is_missing()
        with _quiet():
            self._module: Any = importlib.import_module(_MODULE)
            self._model = self._module.ImageFaceFusion(str(folder))
        if self._model.device.type != device.type:
            raise ValueError(f"the stock code runs on {self._model.device.type}, not on {device.type}")

    def inference(
        self,
        target_rgb: np.ndarray,
        source_rgb: np.ndarray,
        target_points5: np.ndarray,
        source_points5: np.ndarray,
        face_size: tuple[float, float],
    ) -> np.ndarray:
        """The fused picture, (H, W, 3) uint8 RGB.

        Args:
            target_rgb: (H, W, 3) uint8 RGB.
            source_rgb: likewise.
            target_points5: (5, 2) px: the eyes on the left and on the right of the picture, the nose's tip, the
                corners of the mouth. Pixel *centres* are whole numbers, as OpenCV has it: half a px less than ours.
            source_points5: likewise.
            face_size: width and height of the target's face, px; the code softens small ones.
        """
        faces = [np.asarray(source_points5), np.asarray(target_points5)]  # in the order in which it asks
        self._model.facer.answers = [(points, face_size) for points in faces]
        self._module.get_f5p = lambda points, picture: points.tolist()
        with _quiet():
            out = self._model.inference(torch.from_numpy(target_rgb), torch.from_numpy(source_rgb))
        return np.ascontiguousarray(out[:, :, ::-1])

    def support(self, size: tuple[int, int], points5: np.ndarray) -> np.ndarray:
        """(H, W) bool: where either of its two masks is above 0, so that it may change the target.

        Args:
            size: height and width of the target.
            points5: as for `inference`.
        """
        lib, height, width = self._module, *size
        blank = np.zeros((height, width, 3), np.uint8)
        _, to_frame = lib.warp_and_crop_face_enhance(
            blank, points5.tolist(), reference_pts=self._model.reference_5pts_1024, crop_size=(1024, 1024)
        )
        large = cv2.resize(self._model.mask_enhance, (1024, 1024))
        enhanced = cv2.warpAffine(large, to_frame, (width, height), flags=3) > 0
        reference = lib.get_reference_facial_points(default_square=True)
        _, matrix = lib.warp_and_crop_face(
            blank, points5.tolist(), reference_pts=reference, crop_size=(256, 256), return_trans_inv=True
        )
        matrix = torch.from_numpy(matrix.astype(np.float32)).to(self._model.device)
        fused = lib.warp_affine_torch(self._model.mask, matrix, (height, width))[0].amax(0) > 0
        return np.asarray(enhanced | fused.cpu().numpy())

    @contextmanager
    def stages(self) -> Iterator[dict[str, float]]:
        """Seconds of each network are added to the given dict while inside; waiting for them costs a little."""
        seconds: dict[str, float] = {}
        model = self._model
        calls = [(model, "extract_id", "identity"), (model, "compute_3d_params", "shape")]
        calls += [(model.netG, "forward", "fuse"), (model.ganwrap_1024, "process", "enhance")]
        for owner, name, stage in calls:
            vars(owner)[name] = _timed(getattr(owner, name), stage, seconds)
        try:
            yield seconds
        finally:
            for owner, name, _ in calls:
                del vars(owner)[name]


class _Answers:
    """In the place of the TensorFlow detector: answers with the faces that it was told."""

    def __init__(self, folder: str) -> None:
        self.answers: list[tuple[np.ndarray, tuple[float, float]]] = []

    def run(self, picture: np.ndarray) -> tuple[np.ndarray, list[np.ndarray], None]:
        points, (width, height) = self.answers.pop(0)
        return np.array([[0.0, 0.0, width, height]]), [points], None


def _fill_in_for_what_is_missing() -> None:
    detector: Any = types.ModuleType(_DETECTOR)
    detector.FaceAna = _Answers
    sys.modules.setdefault(_DETECTOR, detector)
    if not _has_torchvision():
        vision, transforms = (types.ModuleType(name) for name in ("torchvision", "torchvision.transforms"))
        filled: Any = transforms
        filled.Compose, filled.ToTensor, filled.Normalize = _Compose, _ToTensor, _Normalize
        vision.transforms = transforms  # type: ignore[attr-defined]
        sys.modules.update({"torchvision": vision, "torchvision.transforms": transforms})


def _has_torchvision() -> bool:
    """Whether it is there and was built for this torch: beside another one its import ends half way."""
    try:
        importlib.import_module("torchvision.transforms")
    except (ImportError, RuntimeError, OSError):
        for name in [name for name in sys.modules if name.partition(".")[0] == "torchvision"]:
            del sys.modules[name]
        return False
    return True


class _Compose:
    """torchvision.transforms.Compose."""

    def __init__(self, steps: list[Callable[[Any], Any]]) -> None:
        self.steps = steps

    def __call__(self, value: Any) -> Any:
        for step in self.steps:
            value = step(value)
        return value


class _ToTensor:
    """torchvision.transforms.ToTensor, of a PIL picture in RGB."""

    def __call__(self, picture: Any) -> torch.Tensor:
        pixels = torch.from_numpy(np.array(picture)).permute(2, 0, 1).contiguous()
        return pixels.to(torch.get_default_dtype()).div(255)


class _Normalize:
    """torchvision.transforms.Normalize."""

    def __init__(self, mean: tuple[float, ...], std: tuple[float, ...]) -> None:
        self.mean, self.std = (torch.tensor(values).view(-1, 1, 1) for values in (mean, std))

    def __call__(self, picture: torch.Tensor) -> torch.Tensor:
        return picture.sub(self.mean).div(self.std)


def _timed(work: Callable[..., Any], stage: str, seconds: dict[str, float]) -> Callable[..., Any]:
    def run(*args: Any, **named: Any) -> Any:
        _wait()
        began = time.perf_counter()
        out = work(*args, **named)
        _wait()
        seconds[stage] = seconds.get(stage, 0.0) + time.perf_counter() - began
        return out

    return run


def _wait() -> None:
    if torch.cuda.is_available():
        torch.cuda.synchronize()


@contextmanager
def _quiet() -> Iterator[None]:
    """Its warnings are about its own age, and it logs every call."""
    os.environ["MODELSCOPE_LOG_LEVEL"] = str(logging.ERROR)  # read when it is first imported; its loggers reset others
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
