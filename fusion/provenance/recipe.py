"""The recipe of a picture, and the short form of it that travels inside the file."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from PIL import ExifTags, Image

from fusion import __version__
from fusion.declared import Consent
from fusion.memory import Step
from fusion.settings import RECIPE_FORMAT

if TYPE_CHECKING:  # the pipeline loads torch, and the web process reads recipes
    from fusion.photos import Photo
    from fusion.pipeline import Result

VERSION = __version__
AI_NOTICE = "Made with AI: the face in this picture was fused from two photos with Fusewise."

Json = Mapping[str, Any]


def recipe(
    result: Result,
    target: Photo,
    source: Photo,
    made: datetime | None = None,
    steps: tuple[Step, ...] = (),
    consent: Consent | None = None,
    *,
    id: str,
) -> dict[str, Any]:
    """All that is needed to make the picture again from the same photos, which it names by their sha256.

    `Settings.loads` takes it. It holds no path and no file name.

    Args:
        source: that was used, or the first of those that were; the result names every one that was given.
        made: when; now if None.
        steps: the rungs of the ladder that led to the settings.
        consent: of the people in the photos; None where nobody was asked.
        id: the job's, by which the label in the picture names it.
    """
    height, width = result.pixels.shape[:2]
    return {
        "fusewise": VERSION,
        "format": RECIPE_FORMAT,
        "id": id,
        "made": (made or datetime.now(UTC)).isoformat(timespec="seconds"),
        "settings": result.settings.to_json(),
        "steps": [step.to_json() for step in steps],
        "engine": str(result.engine),
        "device": result.device,
        "target": _photo(target),
        "source": _photo(source),
        "sources": [each.to_json() for each in result.sources],
        "output": {"width": width, "height": height},
        "consent": None if consent is None else consent.to_json(),
        "label": None,
        "watermark": False,
        "signed": None,
        "notice": AI_NOTICE,
    }


def dumps(recipe: Json) -> str:
    """The recipe as the text of a file, ending in a newline."""
    return json.dumps(recipe, ensure_ascii=False, indent=2) + "\n"


def software(recipe: Json) -> str:
    """The program that made a picture, as its file names it."""
    return f"Fusewise {recipe['fusewise']}"


def metadata(recipe: Json) -> dict[str, str]:
    """What `encode` writes into the picture: the statement, the program, the recipe on one line of ASCII."""
    return {
        "Description": AI_NOTICE,
        "Software": software(recipe),
        "Fusewise": json.dumps({key: recipe[key] for key in recipe if key != "notice"}, separators=(",", ":")),
    }


def recipe_in(file: bytes) -> dict[str, Any] | None:
    """The recipe, but for its statement, that a picture of ours carries; None in any other, whatever it carries.

    Args:
        file: of a picture that can be opened. Nothing in it is trusted, and nothing in the recipe should be.
    """
    try:
        with Image.open(io.BytesIO(file), formats=("PNG", "JPEG", "WEBP")) as image:
            if image.format == "PNG":
                told: Any = image.info.get("Fusewise")
            else:
                told = json.loads(image.getexif()[ExifTags.Base.ImageDescription]).get("Fusewise")
        found = json.loads(told)
    except (OSError, SyntaxError, ValueError, TypeError, KeyError, AttributeError, EOFError):
        return None
    return found if isinstance(found, dict) else None


def _photo(photo: Photo) -> dict[str, Any]:
    """With what it says of its own origin, where it says anything."""
    found = {"sha256": photo.sha256, "width": photo.size.width, "height": photo.size.height}
    return found if photo.origin is None else {**found, "origin": photo.origin.to_json()}
