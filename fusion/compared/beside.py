"""What a page shows of a job, kept beside its pictures."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from fusion.compared.views import Compared, Fractions, Patch
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
