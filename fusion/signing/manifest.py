"""What a signature says: the manifest's definition, from a result's recipe. Pure.

It names what the recipe in the same file names already: photos by their sha256, never by a file name, and without a
picture of them. An ingredient's instance ID is its hash as a URI (RFC 6920), since C2PA gives one without a manifest of
its own no other place for it.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
TARGET = "target"  # the ingredient that the picture was made on
_TARGET_TITLE, _SOURCE_TITLE = "target photo", "source photo"
TITLES = frozenset((_TARGET_TITLE, _SOURCE_TITLE))  # all that our manifests give
_HASH = "ni:///sha-256;"
_REDACTED_WHY = "c2pa.PII.present"

Json = Mapping[str, Any]


def definition(
    recipe: Json, note: str = "", *, target_is_added: bool = False, redacted: Sequence[str] = ()
) -> dict[str, Any]:
    """The manifest of a result.

    Args:
        recipe: as `fusion.provenance` makes it.
        note: what is said of the target.
        target_is_added: whether somebody adds the target with its own manifest, so that it is not listed here.
        redacted: URIs of what the target's own manifest shall lose.
    """
    target, sources = target_ingredient(recipe, note), list(_sources(recipe))
    actions = [*_opened(redacted), *_made(recipe, [each["label"] for each in sources])]
    return {
        "claim_generator_info": [{"name": "Fusewise", "version": str(recipe.get("fusewise", ""))}],
        "assertions": [{"label": "c2pa.actions.v2", "data": {"actions": actions}}],
        "ingredients": sources if target_is_added else [target, *sources],
        **({"redactions": list(redacted)} if redacted else {}),
    }


def target_ingredient(recipe: Json, note: str = "") -> dict[str, Any]:
    """The photo that keeps its pose: what the result is an edit of."""
    made = _ingredient(TARGET, _TARGET_TITLE, "parentOf", recipe.get("target"))
    return {**made, "description": note} if note else made


def sha256_of(instance_id: str) -> str | None:
    """The hash, in hexadecimal, that an instance ID of ours is; None for any other."""
    if not instance_id.startswith(_HASH):
        return None
    try:
        found = base64.urlsafe_b64decode(instance_id.removeprefix(_HASH) + "=")
    except (binascii.Error, ValueError):
        return None
    return found.hex() if len(found) == 32 else None


def _sources(recipe: Json) -> Iterator[dict[str, Any]]:
    used = [each for each in recipe.get("sources") or () if each.get("used")]
    for at, photo in enumerate(used or [recipe.get("source")]):
        yield _ingredient(f"source{at}", _SOURCE_TITLE, "componentOf", photo)


def _ingredient(label: str, title: str, relationship: str, photo: Json | None) -> dict[str, Any]:
    made = {"title": title, "relationship": relationship, "label": label}
    sha256 = (photo or {}).get("sha256")
    if not sha256:
        return made
    digest = base64.urlsafe_b64encode(bytes.fromhex(sha256)).decode().rstrip("=")
    return {**made, "instance_id": _HASH + digest}


def _opened(redacted: Sequence[str]) -> Iterator[dict[str, Any]]:
    yield {"action": "c2pa.opened", "parameters": {"ingredientIds": [TARGET]}}
    for uri in redacted:
        yield {"action": "c2pa.redacted", "reason": _REDACTED_WHY, "parameters": {"redacted": uri}}


def _made(recipe: Json, sources: Sequence[str]) -> Iterator[dict[str, Any]]:
    for label in sources:
        yield {"action": "c2pa.placed", "parameters": {"ingredientIds": [label]}}
    agent = {"name": f"Fusewise {recipe.get('engine', '')}".strip(), "version": str(recipe.get("fusewise", ""))}
    edited = {"action": "c2pa.edited", "digitalSourceType": SOURCE_TYPE, "softwareAgent": agent}
    yield {**edited, **_when(recipe.get("made"))}
    if recipe.get("watermark"):
        yield {"action": "c2pa.watermarked.unbound"}


def _when(made: object) -> dict[str, str]:
    try:
        at = datetime.fromisoformat(str(made)).astimezone(UTC)
    except ValueError:
        return {}
    return {"when": at.strftime("%Y-%m-%dT%H:%M:%SZ")}
