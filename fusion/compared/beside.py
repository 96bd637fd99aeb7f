"""What a page shows of a job, kept beside its pictures."""

from __future__ import annotations

import contextlib
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from fusion.compared.views import Compared, Fractions, Patch, Pixels, frame, pixels_in
from fusion.files import private
from fusion.types import Size

FILE = "compared.json"


def keep(output: Path, made: Compared) -> None:
    """Write it beside the picture `output`, of whose file it is.

    Raises:
        OSError: it cannot be written.
    """
    body = {"of_bytes": output.stat().st_size, **asdict(made)}
    private.write(output.with_name(FILE), [json.dumps(body).encode()], replace=True)


def kept(output: Path) -> Compared | None:
    """What was kept beside a picture; None where nothing was, or where it was of another file.

    Raises:
        OSError: the picture is missing.
    """
    of_bytes = output.stat().st_size
    try:
        body = json.loads(output.with_name(FILE).read_bytes())
        return _read(body) if body.pop("of_bytes") == of_bytes else None
    except (FileNotFoundError, ValueError, KeyError, TypeError):  # not of this version, or cut short: it is made anew
        return None


def small(output: Path) -> tuple[Pixels, Size]:
    """A picture as people are shown it, at most `VIEW_SIDE` px, and its size: nothing of a large file is decoded where
    a small one was kept beside it.

    Raises:
        OSError: the picture is missing or damaged.
    """
    found = kept(output)
    if found is not None:
        with contextlib.suppress(ValueError):  # not of this version, or cut short
            return pixels_in(found.after), found.size
    pixels = frame(output)
    return pixels, Size(pixels.shape[1], pixels.shape[0])


def _read(body: dict[str, Any]) -> Compared:
    patch = body["patch"]
    return Compared(
        Size(**body["size"]),
        str(body["before"]),
        str(body["after"]),
        _box(body["face"]) if body["face"] else None,
        Patch(_box(patch["box"]), str(patch["before"]), str(patch["after"])) if patch else None,
    )


def _box(parts: list[float]) -> Fractions:
    left, top, width, height = map(float, parts)
    return left, top, width, height
