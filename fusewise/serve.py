"""Starts the web app: Streamlit, on this checkout's or this package's copy of `streamlit_app.py`. Standard library."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

_HERE = Path(__file__).resolve().parent
# In a wheel it lies in here, with its pages and its settings (pyproject.toml); in a checkout beside this package.
_PLACES = (_HERE / "app", _HERE.parent)
_SCRIPT = "streamlit_app.py"


def script() -> Path:
    """What Streamlit runs. `.streamlit/config.toml` lies beside it, and is read from there.

    Raises:
        FileNotFoundError: the package was taken apart.
    """
    for folder in _PLACES:
        if (folder / _SCRIPT).is_file():
            return folder / _SCRIPT
    raise FileNotFoundError(f"{_SCRIPT} is neither in {_PLACES[0]} nor in {_PLACES[1]}: install Fusewise again")


def command(port: int | None, address: str | None, options: Sequence[str]) -> list[str]:
    """The command line that serves the app.

    `-P` keeps the working directory off Python's path: that may hold a `numpy.py`.

    Args:
        port: None leaves it to the settings and the environment; so does None for `address`.
        options: Streamlit's own, as they are.
    """
    ours = [f"--server.port={port}"] if port is not None else []
    ours += [f"--server.address={address}"] if address is not None else []
    return [sys.executable, "-P", "-m", "streamlit", "run", str(script()), *ours, *options]


def serve(words: list[str]) -> NoReturn:
    """Becomes the process of that command line, so that signals reach the server and its exit code is ours."""
    if os.name != "nt":
        sys.stdout.flush()
        os.execv(words[0], words)
    try:  # Windows has no exec: a new process would run beside the terminal's next prompt
        sys.exit(subprocess.call(words))
    except KeyboardInterrupt:  # the server was told as well, and has ended
        sys.exit(130)
