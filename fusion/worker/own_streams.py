"""A worker's standard input and output, for requests and events alone."""

from __future__ import annotations

import os
from typing import BinaryIO


def requests() -> BinaryIO:
    """Descriptor 0 for requests alone."""
    mine = os.fdopen(os.dup(0), "rb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    return mine


def events() -> BinaryIO:
    """Descriptor 1 for events alone: what libraries print goes to the log with standard error."""
    mine = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return mine
