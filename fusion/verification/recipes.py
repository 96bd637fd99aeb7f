"""Whether the recipe in a picture of ours is that of this picture, and agrees with the label beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from fusion import strict_json
from fusion.marks import Marks
from fusion.plain_text import printable
from fusion.sizing import Rect
from fusion.types import Size
from fusion.verification.findings import Code, Finding, State

_SHOWN = 80  # characters of what a stranger has written

Json = Mapping[str, Any]


def recipe_of(marks: Marks) -> Json | None:
    """The recipe that a file carries; None where it has none that can be read."""
    try:
        found = strict_json.loads(marks.recipe)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def findings(marks: Marks, size: Size) -> Iterator[Finding]:
    """What is to be said of the recipe in a file.

    Args:
        size: of the picture.
    """
    if not marks.recipe:
        return
    recipe = recipe_of(marks)
    if recipe is None:
        yield Finding(Code.RECIPE_DAMAGED, State.BROKEN)
        return
    wrong = [*_number(recipe, marks), *_size(recipe, size), *_signature(recipe, marks)]
    visible = list(_visible(recipe, size))
    yield from wrong
    if not wrong:
        agrees = Code.RECIPE_AGREES if "id" in recipe and marks.labels else Code.RECIPE_ALONE
        yield Finding(agrees, State.CLAIMED, {"version": told(recipe.get("fusewise"))})
    yield from visible


def _number(recipe: Json, marks: Marks) -> Iterator[Finding]:
    """Recipes with a number are in pictures with a label alone; before, neither was there."""
    if "id" not in recipe:
        return
    if not marks.labels:
        yield Finding(Code.LABEL_REMOVED, State.BROKEN)
    for found in marks.labels:
        if found.label is not None and found.label.produce_id != recipe["id"]:
            both = {"recipe": told(recipe["id"]), "label": told(found.label.produce_id)}
            yield Finding(Code.RECIPE_NUMBER, State.BROKEN, both)


def _size(recipe: Json, size: Size) -> Iterator[Finding]:
    output = recipe.get("output")
    said = (output.get("width"), output.get("height")) if isinstance(output, dict) else (None, None)
    if said != (size.width, size.height):
        yield Finding(
            Code.RECIPE_SIZE,
            State.BROKEN,
            {"recipe": "×".join(map(told, said)), "picture": f"{size.width}×{size.height}"},
        )


def _signature(recipe: Json, marks: Marks) -> Iterator[Finding]:
    if recipe.get("signed") and not marks.has_c2pa:
        yield Finding(Code.SIGNATURE_REMOVED, State.BROKEN, {"signer": told(recipe["signed"])})


def _visible(recipe: Json, size: Size) -> Iterator[Finding]:
    label = recipe.get("label")
    if label is None:
        return
    box = _box(label.get("box") if isinstance(label, dict) else None)
    if box is None or not _is_within(box, size):
        yield Finding(Code.VISIBLE_OUTSIDE, State.BROKEN)
        return
    place = f"{box.left}, {box.top}, {box.width}×{box.height} px"
    yield Finding(Code.VISIBLE_CLAIMED, State.CLAIMED, {"text": told(label.get("text")), "place": place})


def _box(said: Any) -> Rect | None:
    """What a recipe says of a place; None where that is none."""
    if not isinstance(said, list) or len(said) != 4 or any(type(side) is not int for side in said):
        return None
    return Rect(*said)


def _is_within(box: Rect, size: Size) -> bool:
    is_inside = box.left >= 0 <= box.top and box.left + box.width <= size.width
    return is_inside and box.top + box.height <= size.height and box.width > 0 < box.height


def told(said: Any) -> str:
    """What a recipe says somewhere, as much of it as is shown."""
    return printable(str(said))[:_SHOWN] if isinstance(said, str | int) else "–"
