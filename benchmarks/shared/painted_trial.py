"""A measured run on painted photos in which the faces are known: for machines without MediaPipe.

    python -m benchmarks.shared.painted_trial JSON

Finding faces takes no time in it, and sources are not enlarged; all else is a whole job, from files to files.
"""

from __future__ import annotations

import io
import json
import sys

import numpy as np
from PIL import Image

from benchmarks.unet import scenes
from benchmarks.unet.scenes import Scene
from fusion.faces.finder import Search
from fusion.photos import Photo
from fusion.pipeline import Pipeline
from fusion.settings import Settings
from fusion.types import EngineName, Tier
from fusion.worker import Trial
from fusion.worker.measured_run import perform


class _Told:
    """Knows the two photos by their sizes, since decoding makes new pixels of them."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene

    def find(self, pixels: np.ndarray) -> Search:
        is_target = len(pixels) == self._scene.target.size.height
        return Search((self._scene.target_face if is_target else self._scene.source_face,))

    def close(self) -> None:
        """Nothing is held."""


class _Painted(Pipeline):
    """A pipeline that warms up on the painted photos."""

    def __init__(self, scene: Scene) -> None:
        super().__init__(finder=_Told(scene))
        self._scene = scene

    def warm_up(self) -> None:
        self.run(self._scene.target, self._scene.source, Settings(engine=EngineName.LANDMARK, output=Tier.T512))
        self.forget()


def main() -> int:
    """Run the trial that the first argument says."""
    scenes.without_mediapipe()
    trial = Trial.from_json(json.loads(sys.argv[1]))
    scene = scenes.make(trial.target_side, trial.face * trial.target_side)
    return perform(trial, lambda _: (_jpeg(scene.target), _jpeg(scene.source)), lambda: _Painted(scene))


def _jpeg(photo: Photo) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(photo.pixels).save(buffer, "jpeg", quality=95)
    return buffer.getvalue()


if __name__ == "__main__":
    sys.exit(main())
