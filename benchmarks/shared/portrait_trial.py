"""A measured run on two photos that somebody names, enlarged or made smaller to a trial's sizes.

    python -m benchmarks.shared.portrait_trial JSON

Their paths are in the environment (`PAIR`), so that no line of results holds them.
"""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from fusion.pipeline import Pipeline
from fusion.worker import Trial
from fusion.worker.measured_run import perform

PAIR = "FUSEWISE_PAIR"  # the target's path and the source's, as a list in JSON
SOURCE_SIDE = 600  # px, the longer side of a source at a scale of 1: the sample's


def name(pair: Sequence[Path]) -> None:
    """Let these be the photos of this process, and of those that it starts."""
    os.environ[PAIR] = json.dumps([str(path.resolve()) for path in pair])


def photos(trial: Trial) -> tuple[bytes, bytes]:
    """The files of the target and the source. `trial.target_side` is the target's longer side; `trial.face` is not
    looked at: the photo has the face that it has.
    """
    target, source = (Path(path) for path in json.loads(os.environ[PAIR]))
    return _jpeg(target, trial.target_side), _jpeg(source, round(SOURCE_SIDE * trial.source_scale))


def _jpeg(path: Path, longer: int) -> bytes:
    buffer = io.BytesIO()
    with Image.open(path) as file:
        picture = file.convert("RGB")
    scale = longer / max(picture.size)
    width, height = (max(1, round(side * scale)) for side in picture.size)
    picture.resize((width, height), Image.Resampling.BICUBIC).save(buffer, "jpeg", quality=95)
    return buffer.getvalue()


def main() -> int:
    """Run the trial that the first argument says."""
    return perform(Trial.from_json(json.loads(sys.argv[1])), photos, Pipeline)


if __name__ == "__main__":
    sys.exit(main())
