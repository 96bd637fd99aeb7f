"""`python -m fusion selftest`, which is `python -m advisor selftest`: it holds what it finds against the forecast.

Nothing here may import the advisor, which is built on this package; so it is run in a process of its own, with the same
streams, options and exit codes.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import typer

_ROOT = Path(__file__).resolve().parents[2]
# The other command reads all that is given, `--help` too.
HANDED_ON = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}


def selftest(context: typer.Context) -> int:
    """Fuse the sample pair on every device, compare the pictures, and measure this machine."""
    path = os.pathsep.join(filter(None, (str(_ROOT), os.environ.get("PYTHONPATH"))))
    command = [sys.executable, "-m", "advisor", "selftest", *context.args]
    with subprocess.Popen(command, env={**os.environ, "PYTHONPATH": path}) as process:
        while True:
            try:
                return process.wait()
            except KeyboardInterrupt:  # the terminal has told the process, too, which puts away what it has begun
                continue
