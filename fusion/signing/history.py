"""The target's own manifest, if it has one, and what of it may travel on in a result.

Its actions, its hashes and its ingredients stay, so that the picture's history stays whole. All else is redacted, as
C2PA provides for: thumbnails, which show the photo as it was, and descriptions, which may hold places, names and
numbers of cameras. What cannot be redacted are claims, actions and ingredients: where one of them says more than it has
to, as most tools write the file's name into a title, the manifest does not travel, and the result says so.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fusion.signing import library, manifest
from fusion.signing.nameless import is_nameless

_BEGINNINGS = ((b"\xff\xd8", "image/jpeg"), (b"\x89PNG", "image/png"), (b"RIFF", "image/webp"))
_KEPT = ("c2pa.actions", "c2pa.hash.", "c2pa.ingredient")
LEFT_OUT = "It had a Content Credential, which is damaged or may tell of people, and is not passed on."

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class History:
    """Of a photo that carries a manifest.

    Attributes:
        redacted: URIs of what shall not travel on.
        may_travel: whether all the rest may.
    """

    redacted: tuple[str, ...] = ()
    may_travel: bool = False


def of(file: bytes) -> History | None:
    """Of a photo; None where it carries no manifest."""
    c2pa = library.load()
    try:
        with io.BytesIO(file) as stream:
            reader = c2pa.Reader.try_create(None, stream, context=library.context())
            if reader is None:
                return None
            with reader:
                manifests = json.loads(reader.detailed_json()).get("manifests") or {}
    except (c2pa.C2paError.NotSupported, c2pa.C2paError.ManifestNotFound):
        return None
    except c2pa.C2paError:
        return History()
    uris = [
        f"self#jumbf=/c2pa/{name}/c2pa.assertions/{label}"
        for name, each in manifests.items()
        for label in each.get("assertion_store") or {}
        if not label.startswith(_KEPT)
    ]
    return History(tuple(uris), all(map(is_nameless, manifests.values())))


def builder(recipe: Json, found: History, target: bytes) -> Any:
    """What makes the manifest of a result on that target, with the target's own inside.

    Raises:
        c2pa.C2paError: it cannot be taken along.
    """
    ingredient = manifest.target_ingredient(recipe)
    definition = manifest.definition(recipe, target_is_added=True, redacted=found.redacted)
    made = library.load().Builder(definition, library.context())
    with io.BytesIO(target) as stream:
        made.add_ingredient(ingredient, _mime(target), stream)
    return made


def _mime(file: bytes) -> str:
    if file[4:8] == b"ftyp":
        return "image/avif" if b"avif" in file[8:32] else "image/heic"
    return next((mime for beginning, mime in _BEGINNINGS if file.startswith(beginning)), "image/tiff")
