"""Where a picture came from: the facts of a job, its recipe, and the short form that travels inside the file."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import ExifTags, Image

from fusion import __version__
from fusion.facts import FaceFacts, Facts
from fusion.memory import Rung, Step
from fusion.settings import RECIPE_FORMAT
from fusion.types import Box, Likeness, Size

if TYPE_CHECKING:  # the pipeline loads torch, and the web process reads recipes
    from fusion.faces import Face
    from fusion.photos import Photo
    from fusion.pipeline import Result
    from fusion.sizing import Measurement

VERSION = __version__
AI_NOTICE = "Made with AI: the face in this picture was fused from two photos with Fusewise."

Json = Mapping[str, Any]


def facts(result: Result, output: Path, measurement: Measurement, steps: tuple[Step, ...] = ()) -> Facts:
    """What `--json` prints about a job, its numbers rounded.

    Args:
        result: of the pipeline.
        output: the file written.
        measurement: of the whole job, reading and writing included.
        steps: the rungs of the ladder that were taken.
    """
    made_small = any(step.rung == Rung.TIER for step in steps)  # then two stages were not what somebody asked for
    notices = [notice for notice in result.notices if not (made_small and notice.code == "two_stage_needless")]
    height, width = result.pixels.shape[:2]
    return Facts(
        output=output,
        size=Size(width, height),
        engine=result.engine,
        device=result.device,
        seconds=round(measurement.seconds, 4),
        region=result.region,
        peak_bytes=measurement.peak_bytes,
        stages=tuple(replace(cost, seconds=round(cost.seconds, 4)) for cost in measurement.stages),
        target_face=_face(result.target_face),
        source_face=_face(result.source_face),
        settings=result.settings,
        steps=steps,
        notices=(*notices, *(step.notice for step in steps)),
        suitability=result.suitability,
        inspection=result.inspection,
        likeness=_likeness(result.likeness),
        sources=result.sources,
    )


def recipe(
    result: Result, target: Photo, source: Photo, made: datetime | None = None, steps: tuple[Step, ...] = ()
) -> dict[str, Any]:
    """All that is needed to make the picture again from the same photos, which it names by their sha256.

    `Settings.loads` takes it. It holds no path and no file name.

    Args:
        source: that was used, or the first of those that were; the result names every one that was given.
        made: when; now if None.
        steps: the rungs of the ladder that led to the settings.
    """
    height, width = result.pixels.shape[:2]
    return {
        "fusewise": VERSION,
        "format": RECIPE_FORMAT,
        "made": (made or datetime.now(UTC)).isoformat(timespec="seconds"),
        "settings": result.settings.to_json(),
        "steps": [step.to_json() for step in steps],
        "engine": str(result.engine),
        "device": result.device,
        "target": _photo(target),
        "source": _photo(source),
        "sources": [each.to_json() for each in result.sources],
        "output": {"width": width, "height": height},
        "notice": AI_NOTICE,
    }


def dumps(recipe: Json) -> str:
    """The recipe as the text of a file, ending in a newline."""
    return json.dumps(recipe, ensure_ascii=False, indent=2) + "\n"


def metadata(recipe: Json) -> dict[str, str]:
    """What `encode` writes into the picture: the statement, the program, the recipe on one line of ASCII."""
    return {
        "Description": AI_NOTICE,
        "Software": f"Fusewise {recipe['fusewise']}",
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


def _face(face: Face) -> FaceFacts:
    box = face.box
    return FaceFacts(
        box=Box(*(round(side, 1) for side in (box.left, box.top, box.right, box.bottom))),
        width_px=round(float(face.width_px), 1),
        inter_eye_px=round(float(face.inter_eye_px), 1),
        yaw=round(float(face.yaw), 1),
        pitch=round(float(face.pitch), 1),
        roll=round(float(face.roll), 1),
        score=round(float(face.score), 3),
    )


def _likeness(found: Likeness | None) -> Likeness | None:
    return None if found is None else Likeness(round(found.source, 3), round(found.target, 3))


def _photo(photo: Photo) -> dict[str, Any]:
    return {"sha256": photo.sha256, "width": photo.size.width, "height": photo.size.height}
