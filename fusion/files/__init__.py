"""Files and their names: what somebody named is opened with care, and ours are written whole and kept private."""

from __future__ import annotations

from fusion.files import inputs, names, outputs, private
from fusion.files.names import safe
from fusion.files.outputs import Folder, Inputs

__all__ = ["Folder", "Inputs", "inputs", "names", "outputs", "private", "safe"]
