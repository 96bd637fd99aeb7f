"""The command line `python -m fusion`, and what every command line of the house shares."""

from __future__ import annotations

from fusion.cli import exit_codes, streams
from fusion.cli.terminal import Console

__all__ = ["Console", "exit_codes", "streams"]
