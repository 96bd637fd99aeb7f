"""Whom a process asks for: it runs on a machine without a network, played by overheard.c."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.support import ROOT

SOURCE = Path(__file__).with_suffix(".c")
LIBRARY = "overheard.so"
# Not CI and its like: libraries that report their use to their makers do not there.
INHERITED = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "FUSEWISE_FACE_LANDMARKER")


@dataclass(frozen=True)
class Overheard:
    """What a process printed, whom it asked for ("getaddrinfo example.org"), and the files it left in its home."""

    printed: str
    asked: list[str]
    left: list[str]


def can_listen() -> bool:
    """Whether there is a compiler, and a loader that takes LD_PRELOAD and has its library's names first."""
    return sys.platform == "linux" and shutil.which("gcc") is not None


def listen(folder: Path, code: str) -> Overheard:
    """Run Python code in a process of its own, with an empty home.

    Args:
        folder: empty; for the library, its notes, and the home.
        code: what `python -c` is given.

    Raises:
        subprocess.CalledProcessError: the library does not compile, or the code fails.
    """
    library, notes, home = folder / LIBRARY, folder / "asked", folder / "home"
    home.mkdir()
    notes.touch()
    compiler = ["gcc", "-shared", "-fPIC", "-Wall", "-Wextra", "-Werror", "-o", str(library), str(SOURCE), "-ldl"]
    subprocess.run(compiler, check=True, capture_output=True)
    environment = {name: os.environ[name] for name in INHERITED if name in os.environ}
    environment |= {"HOME": str(home), "LD_PRELOAD": str(library), "OVERHEARD": str(notes)}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, check=True, capture_output=True, text=True
    )
    left = sorted(str(path.relative_to(home)) for path in home.rglob("*") if path.is_file())
    return Overheard(done.stdout, notes.read_text().splitlines(), left)
