"""Whether the signature in a file holds, whoever has signed it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC
from typing import Any

from fusion import signing
from fusion.marks import Marks, is_ai
from fusion.verification.findings import Code, Finding, State
from fusion.verification.recipes import recipe_of, told

_SHOWN = 3  # faults; each that follows mostly comes of the first


def findings(file: bytes, marks: Marks, trusted: str) -> Iterator[Finding]:
    """What is to be said of it.

    Args:
        trusted: PEM of root certificates; empty to trust nobody.
    """
    if not marks.has_c2pa:
        return
    if not signing.is_installed():
        yield Finding(Code.SIGNATURE_UNCHECKED, State.CLAIMED)
        return
    found = signing.read(file, trusted)
    yield from of(found)
    if found is not None and found.state != signing.State.INVALID:
        yield from _named(found, (recipe_of(marks) or {}).get("signed"))


def _named(found: signing.Signed, signer: Any) -> Iterator[Finding]:
    """Where the recipe says who signed: whoever signs anew and goes on from that keeps the signature inside."""
    # A certificate without a name and an organisation is called by all its fields, "L=Oslo", which no signature says.
    if isinstance(signer, str) and signer and "=" not in signer and not found.names(signer):
        yield Finding(Code.SIGNATURE_OTHER, State.BROKEN, {"signer": told(signer)})


def of(found: signing.Signed | None) -> Iterator[Finding]:
    """What is to be said of a signature that was read; None: there is a place for one, and none in it."""
    if found is None or found.state == signing.State.INVALID:
        faults = found.faults if found is not None else ("no manifest",)
        yield Finding(Code.SIGNATURE_BROKEN, State.BROKEN, {"why": ", ".join(faults[:_SHOWN]) or "–"})
        return
    code = Code.SIGNED_TRUSTED if found.state == signing.State.TRUSTED else Code.SIGNED_VALID
    holds = State.HOLDS
    if found.is_partial:  # of the picture itself, it may be: then any other picture can stand there
        code, holds = Code.SIGNED_PART, State.CLAIMED
    yield Finding(code, holds, {"signer": found.signer or found.organisation or "–"})
    if found.stamped is not None:
        moment = f"{found.stamped.astimezone(UTC):%Y-%m-%d %H:%M}"
        yield Finding(Code.SIGNED_TIME, holds, {"moment": moment})
    if any(is_ai(action.source_type) for action in found.actions):
        yield Finding(Code.SIGNED_AI, holds)
