"""Photos, ZIPs and plans of batches."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

from fusion.batches import Given, Plan
from tests.support.fixtures.photos import plain

Members = dict[str | zipfile.ZipInfo, bytes]


def png(shade: int = 90, side: int = 80) -> bytes:
    return plain(side, side, red=shade)


def given_of(name: str, data: bytes) -> Given:
    return Given(name, len(data), lambda: data)


def photos(*names: str) -> list[Given]:
    """Different ones."""
    return [given_of(name, png(10 + 3 * number)) for number, name in enumerate(names)]


def packed(members: Mapping[str | zipfile.ZipInfo, bytes], how: int = zipfile.ZIP_STORED) -> io.BytesIO:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", how) as archive:
        for member, data in members.items():
            archive.writestr(member, data)
    return file


def pairs(plan: Plan) -> list[tuple[str, str]]:
    """Names of the photos of each."""
    return [pair.names for pair in plan.pairs]


def refused(plan: Plan) -> dict[str, str]:
    """Why each that was refused was."""
    return {one.name: one.error.reason for one in plan.refused}
