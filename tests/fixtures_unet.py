"""The unet model's files by name, and what tests of its engine share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fusion.spec import Stage
from fusion.weights import UnetFiles


def files_in(folder: Path) -> UnetFiles:
    return UnetFiles(
        folder=folder,
        generator=folder / "pytorch_model.pt",
        identity=folder / "faceRecog/CurricularFace_Backbone.pth",
        shape=folder / "3dRecon/face_3d.pth",
        face_model=folder / "BFM/BFM_model_front.mat",
        enhancer=folder / "faceEnhance/GPEN-BFR-1024.pth",
        alpha=folder / "alpha.jpg",
    )


class Steps:
    """An engine's stages, in the order in which it entered them."""

    def __init__(self) -> None:
        self.entered: list[Stage] = []

    @contextmanager
    def __call__(self, stage: Stage, fraction: float) -> Iterator[None]:
        self.entered.append(stage)
        yield
