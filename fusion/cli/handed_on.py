"""Commands of `python -m fusion` that are another package's: `selftest` is the advisor's, `serve` the API's.

Nothing here may import those, which are built on this package; so each is run in a process of its own, with the same
streams, options and exit codes.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import typer

_ROOT = Path(__file__).resolve().parents[2]
# The other command reads all that is given, `--help` too.
HANDED_ON = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}


def selftest(context: typer.Context) -> int:
    """Fuse the sample pair on every device, compare the pictures, and measure this machine."""
    return _run("advisor", "selftest", *context.args)


def serve(context: typer.Context) -> int:
    """Serve the HTTP API, without the pages."""
    if os.name == "nt":
        return _run("api", *context.args)
    sys.stdout.flush()
    os.execve(sys.executable, _command("api", context.args), _environment())  # so that signals reach the server


def _command(module: str, arguments: Iterable[str]) -> list[str]:
    return [sys.executable, "-m", module, *arguments]


def _environment() -> dict[str, str]:
    path = os.pathsep.join(filter(None, (str(_ROOT), os.environ.get("PYTHONPATH"))))
    return {**os.environ, "PYTHONPATH": path}


def _run(module: str, *arguments: str) -> int:
    with subprocess.Popen(_command(module, arguments), env=_environment()) as process:
        while True:
            try:
                return process.wait()
            except KeyboardInterrupt:  # the terminal has told the process, too, which puts away what it has begun
                continue
