"""The command line `python -m fusion`, and what the command lines of the other packages share with it.

Loads torch within the command that fuses, and nowhere else. `command_line` runs a command and ends it with the right
exit code; `streams` prints; `Console` tells of progress.
"""

from __future__ import annotations

from fusion.cli import command_line, streams
from fusion.cli.terminal import Console

__all__ = ["Console", "command_line", "streams"]
