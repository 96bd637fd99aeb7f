"""Which build of PyTorch runs on which cards: what the builds carry, which one is installed, which one to install.

Standard library alone, as `make setup` asks it before anything is installed: `python -m fusion.torch_build`.
"""

from __future__ import annotations

from fusion.torch_build.builds import runs_on
from fusion.torch_build.mending import command
from fusion.torch_build.present import Installed, installed

__all__ = ["Installed", "command", "installed", "runs_on"]
