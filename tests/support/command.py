"""The command line in a process of its own."""

from __future__ import annotations

import subprocess
import sys

from tests.support import ROOT


def fusion(*arguments: object) -> subprocess.CompletedProcess[str]:
    """`python -m fusion` with these arguments and nothing to read."""
    command = [sys.executable, "-m", "fusion", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
