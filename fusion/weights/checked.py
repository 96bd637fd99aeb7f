"""What came of trying the unet engine on this machine, kept beside its files: it holds for those files alone."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from fusion import strict_json
from fusion.errors import FusionError
from fusion.files import inputs, private
from fusion.types import SAME_PERSON
from fusion.weights.locate import MANIFEST

FILE = "fusewise_check.json"
_MOST_BYTES = 1000


@dataclass(frozen=True, slots=True)
class Checked:
    """Of the sample pair.

    Attributes:
        likeness: cosine of the result's face with the source's; None where there was none to measure.
        seconds: it took.
    """

    likeness: float | None
    seconds: float

    @property
    def works(self) -> bool:
        """Whether the result shows the source's person."""
        return self.likeness is not None and self.likeness >= SAME_PERSON


def keep(folder: Path, found: Checked) -> None:
    """Write it down beside the files.

    Raises:
        OSError: that cannot be.
    """
    data = {"files": _files(folder), "likeness": found.likeness, "seconds": found.seconds}
    private.write(folder / FILE, json.dumps(data).encode())


def read(folder: Path) -> Checked | None:
    """What was found with the files that are there now; None where nobody has looked."""
    try:
        data = strict_json.loads(inputs.read(folder / FILE, _MOST_BYTES))
        if data["files"] != _files(folder):
            return None
        likeness = data["likeness"]
        return Checked(None if likeness is None else float(likeness), float(data["seconds"]))
    except (FusionError, ValueError, KeyError, TypeError):
        return None


def _files(folder: Path) -> str:
    """Which files these are: the sha256 of their manifest; empty where they have none."""
    try:
        return hashlib.sha256((folder / MANIFEST).read_bytes()).hexdigest()
    except OSError:
        return ""
