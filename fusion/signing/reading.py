"""What the signature of a file says, of whichever tool, and whether it holds. All text in it is a stranger's."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from fusion.plain_text import printable
from fusion.signing import left_out, library, manifest

_MOST_CHARACTERS, _MOST_ENTRIES = 200, 100
_STAMPED = "timeStamp.trusted"
_UNTRUSTED = "signingCredential.untrusted"

Json = Mapping[str, Any]


class State(StrEnum):
    """Whether a signature holds."""

    TRUSTED = "trusted"  # whole, by somebody for whom a trusted root vouches
    VALID = "valid"  # whole, by somebody whom nobody here vouches for
    INVALID = "invalid"  # the file was changed, the signature is damaged, or its certificate had ended


@dataclass(frozen=True, slots=True)
class Action:
    """What somebody did, as they say: "c2pa.edited". Other fields are "" where they do not say."""

    name: str
    source_type: str = ""
    agent: str = ""
    when: str = ""


@dataclass(frozen=True, slots=True)
class Ingredient:
    """What the picture was made of.

    Attributes:
        relationship: "parentOf" for what was edited, "componentOf" for what was put in.
        sha256: of the photo's file, where our tool made the manifest; None otherwise.
        is_signed: whether it had a manifest of its own, which is kept.
        note: what is said about it, mostly "".
    """

    relationship: str
    sha256: str | None = None
    is_signed: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class Signed:
    """The signature of a file.

    Attributes:
        signer: the certificate's name; "" where it cannot be read.
        organisation: likewise.
        tool: the program that made the manifest, with its version.
        stamped: the moment that a time server vouches for whose root is trusted; None without. Anybody can run a
            server that says any time.
        faults: C2PA's codes of all that does not hold ("assertion.dataHash.mismatch").
        is_partial: it leaves more of the file out than itself: what stands there may be changed, and it holds still.
        signers: the names of all who signed, be it this picture or what it was made from.
    """

    state: State
    signer: str = ""
    organisation: str = ""
    tool: str = ""
    stamped: datetime | None = None
    actions: tuple[Action, ...] = ()
    ingredients: tuple[Ingredient, ...] = ()
    faults: tuple[str, ...] = ()
    is_partial: bool = False
    signers: tuple[str, ...] = ()

    def names(self, signer: str) -> bool:
        """Whether one of that name is among all who signed. One without a name and an organisation never is."""
        return _text(signer) in self.signers


def read(file: bytes, trusted: str = "") -> Signed | None:
    """The signature of a picture in any format that C2PA knows; None where it has none.

    Args:
        file: a stranger's.
        trusted: PEM of root certificates; "" trusts nobody.

    Raises:
        SettingsInvalid: "sign_missing": the extra `c2pa` is not installed.
    """
    c2pa, context = library.load(), library.context(trusted)
    try:
        with io.BytesIO(file) as stream:
            reader = c2pa.Reader.try_create(None, stream, context=context)
            if reader is None:
                return None
            with reader:
                return _read(reader, file)
    except (c2pa.C2paError.NotSupported, c2pa.C2paError.ManifestNotFound):
        return None
    except c2pa.C2paError as error:
        return Signed(State.INVALID, faults=(_text(str(error)),))


def _read(reader: Any, file: bytes) -> Signed:
    results = reader.get_validation_results()
    found = _signed(reader.get_validation_state(), reader.get_active_manifest(), results)
    if found.state == State.INVALID:  # what is in it need not even be of the form that is read here
        return found
    is_partial = _is_partial(file, json.loads(reader.detailed_json()), results)
    return replace(found, is_partial=is_partial, signers=tuple(_signers(json.loads(reader.json()))))


def _signed(state: str | None, active: Json | None, results: Json | None) -> Signed:
    """A `Signed` of what the library says, which may lack any part where the manifest is damaged."""
    found, said = active or {}, (results or {}).get("activeManifest") or {}
    info = found.get("signature_info") or {}
    tools = found.get("claim_generator_info") or [{}]
    faults = [_text(each.get("code")) for each in said.get("failure") or () if each.get("code") != _UNTRUSTED]
    return Signed(
        state={"Valid": State.VALID, "Trusted": State.TRUSTED}.get(state or "", State.INVALID),
        signer=_text(info.get("common_name")),
        organisation=_text(info.get("issuer")),
        tool=f"{_text(tools[0].get('name'))} {_text(tools[0].get('version'))}".strip(),
        stamped=_stamped(info.get("time"), said),
        actions=tuple(_actions(found))[:_MOST_ENTRIES],
        ingredients=tuple(map(_ingredient, (found.get("ingredients") or ())[:_MOST_ENTRIES])),
        faults=tuple(faults[:_MOST_ENTRIES]),
    )


def _is_partial(file: bytes, store: Json, results: Json | None) -> bool:
    active = (store.get("manifests") or {}).get(store.get("active_manifest")) or {}
    return left_out.is_partial(file, active, _codes((results or {}).get("activeManifest") or {}))


def _signers(store: Json) -> Iterator[str]:
    for each in (store.get("manifests") or {}).values():
        info = each.get("signature_info") or {}
        yield from filter(None, (_text(info.get("common_name")), _text(info.get("issuer"))))


def _stamped(time: object, said: Json) -> datetime | None:
    if _STAMPED not in _codes(said):
        return None
    try:
        return datetime.fromisoformat(str(time))
    except ValueError:
        return None


def _codes(said: Json) -> set[str]:
    """What is said of a manifest beside its faults."""
    return {str(each.get("code")) for part in ("success", "informational") for each in said.get(part) or ()}


def _actions(found: Json) -> Iterator[Action]:
    for assertion in found.get("assertions") or ():
        if str(assertion.get("label")).startswith("c2pa.actions"):
            for each in (assertion.get("data") or {}).get("actions") or ():
                yield Action(
                    _text(each.get("action")),
                    _text(each.get("digitalSourceType")),
                    _agent(each.get("softwareAgent")),
                    _text(each.get("when")),
                )


def _agent(said: object) -> str:
    """Version 2 of actions has an object, version 1 a text."""
    if isinstance(said, dict):
        return f"{_text(said.get('name'))} {_text(said.get('version'))}".strip()
    return _text(said)


def _ingredient(each: Json) -> Ingredient:
    return Ingredient(
        relationship=_text(each.get("relationship")),
        sha256=manifest.sha256_of(_text(each.get("instance_id"))),
        is_signed=bool(each.get("active_manifest")),
        note=_text(each.get("description")),
    )


def _text(said: object) -> str:
    return "" if said is None else printable(str(said))[:_MOST_CHARACTERS]
