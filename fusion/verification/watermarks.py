"""What the invisible watermark in a picture's pixels says, which is left when all metadata are gone."""

from __future__ import annotations

from collections.abc import Iterator

from fusion import watermark
from fusion.errors import PhotoRejected
from fusion.marks import Marks
from fusion.photos import Limits, decode
from fusion.types import Role
from fusion.verification.findings import Code, Finding, State
from fusion.verification.recipes import recipe_of


def findings(file: bytes, marks: Marks, limits: Limits) -> Iterator[Finding]:
    """What is to be said of it.

    That of a target may still be read in what was made of it. So another one than the label's contradicts nothing,
    unless the recipe says that the picture was given its own.
    """
    recipe = recipe_of(marks) or {}
    is_expected = recipe.get("watermark") is True
    try:
        mark = watermark.read(decode.read(file, Role.TARGET, limits).pixels)
    except PhotoRejected:
        yield Finding(Code.PICTURE_DAMAGED, State.UNKNOWN)
        return
    if mark is None:
        if is_expected:
            yield Finding(Code.WATERMARK_LOST, State.UNKNOWN)
        return
    said = {"mark": mark.hex()}
    if is_expected and mark != watermark.payload_of(str(recipe.get("id"))):
        yield Finding(Code.WATERMARK_OTHER, State.BROKEN, said)
        return
    yield Finding(Code.WATERMARK_FOUND, State.CLAIMED, said)
