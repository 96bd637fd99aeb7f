"""Files on the disk: those that somebody names are opened with care, our own are written whole and kept private.

Standard library alone. `inputs` reads, `outputs` (with `Folder` and `Inputs`) says where a result may go, `private`
writes, `names` makes a name that every system takes.
"""

from __future__ import annotations

from fusion.files import inputs, names, outputs, private
from fusion.files.outputs import Folder, Inputs

__all__ = ["Folder", "Inputs", "inputs", "names", "outputs", "private"]
