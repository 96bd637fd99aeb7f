"""What comes of a fusion in a script: the picture, what is to be said of it, and the way to a file."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from fusion import config, provenance
from fusion.facts import Facts
from fusion.files import Inputs, outputs
from fusion.inspected import Inspection
from fusion.memory import Step
from fusion.notices import Notice
from fusion.provenance import Leaving
from fusion.scripting import labelling
from fusion.settings import Settings
from fusion.signing import Signer
from fusion.sizing import Rect, StageCost
from fusion.types import Likeness, Size, Stage
from fusion.verdict import Suitability
from fusion.weights import locate
from fusion.worker import run_job, written


@dataclass(frozen=True, slots=True, eq=False)
class Fused:
    """A fused photo.

    Attributes:
        pixels: (H, W, 3) uint8 RGB in sRGB, read-only. An array says nothing of where it is from: `save` writes a file
            that does.
        facts: all that `--json` of the command line prints; its `output` is None, since nothing is written yet.
        recipe: as in the file that `save` writes, but for what is done as it leaves: label, watermark, signature.
    """

    pixels: np.ndarray
    facts: Facts
    recipe: dict[str, Any]
    _opaque: Rect | None = field(default=None, repr=False)
    _paths: tuple[Path, ...] = field(default=(), repr=False)
    _target_file: bytes | None = field(default=None, repr=False)

    @property
    def seconds(self) -> float:
        """What the fusion took, reading included, waiting for another one not."""
        return self.facts.seconds

    @property
    def size(self) -> Size:
        """Width and height in px."""
        return self.facts.size

    @property
    def engine(self) -> str:
        """Which engine fused: "landmark" or "unet"."""
        return str(self.facts.engine)

    @property
    def device(self) -> str:
        """Where: "cpu", or the name of the card."""
        return self.facts.device

    @property
    def settings(self) -> Settings:
        """With which it was made in the end."""
        return self.facts.settings

    @property
    def notices(self) -> tuple[Notice, ...]:
        """What you should know of it, such as glasses that were left out; `str` of each is a sentence."""
        return self.facts.notices

    @property
    def steps(self) -> tuple[Step, ...]:
        """What was made smaller because memory ran out, in order."""
        return self.facts.steps

    @property
    def verdict(self) -> Suitability | None:
        """What was said of the pair before; None at ratio 0, where nothing is fused."""
        return self.facts.suitability

    @property
    def inspection(self) -> Inspection | None:
        """What looked wrong in the picture; None at ratio 0."""
        return self.facts.inspection

    @property
    def likeness(self) -> Likeness | None:
        """How much the face is like both photos'; None at ratio 0, and where it could not be measured."""
        return self.facts.likeness

    def save(self, path: str | os.PathLike[str], *, overwrite: bool = False) -> Facts:
        """Write the picture as the command line does: labelled, with its recipe and the statement that it is AI-made.

        Args:
            path: ends in .png, .jpg, .jpeg or .webp.
            overwrite: replace a file of that name, unless it is one that was given.

        Returns:
            What `--json` prints of it.

        Raises:
            OutputRejected: no result can be written there, or there is a file already.
            SettingsInvalid: a variable of the environment has a value that cannot be used.
            FusionError: the disk is full; it cannot be read whether the visible label is drawn.
        """
        output = Path(path)
        began = time.perf_counter()
        Signer.check(config.load())
        format = run_job.format_of(output, self.settings)
        outputs.check(output, self._inputs(), overwrite=overwrite)
        leaving = Leaving.as_set(labelling.standing().label)
        parcel = provenance.packed(
            self.pixels if leaving.label is None else self.pixels.copy(),
            format,
            self.recipe,
            leaving,
            faces=self.facts.heads,
            opaque=self._opaque,
            target=lambda: self._target_file,
        )
        written.write(output, parcel.pieces, replace=overwrite)
        return self._written(output, parcel.notices, time.perf_counter() - began)

    def _inputs(self) -> Inputs:
        return Inputs((*self._paths, *(file.path for file in locate.status().files)))

    def _written(self, output: Path, notices: tuple[Notice, ...], seconds: float) -> Facts:
        known, seconds = self.facts, round(seconds, 4)
        return replace(
            known,
            output=output,
            seconds=round(known.seconds + seconds, 4),
            stages=(*known.stages, StageCost(Stage.WRITE, seconds)),
            notices=(*known.notices, *notices),
        )
