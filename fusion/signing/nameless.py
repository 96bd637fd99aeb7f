"""Whether what cannot be taken out of a manifest may tell of people: places, names, numbers of cameras.

C2PA lets nobody redact a claim, an action or an ingredient, and most of them have room for any text. So a manifest is
let through by what it may say (C2PA 2.2, the claim's and the assertions' schemas in 8 to 18), and not stopped by what
it says: what is not known here may be anything. The name of the program that made it is let through.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from fusion.signing import manifest

Json = Mapping[str, Any]
_Check = Callable[[Any], bool]

_NUMBER = re.compile(r"(?:[A-Za-z0-9.]+:){0,3}[0-9A-Fa-f-]{32,36}|ni:///sha-256;[A-Za-z0-9_-]{43}")
_CODE = re.compile(r"c2pa\.[A-Za-z0-9_.]{1,60}")
_SOURCE = re.compile(r"https?://(?:cv\.iptc\.org/newscodes|c2pa\.org)/digitalsourcetype/[A-Za-z]{1,60}")
_WHEN = re.compile(r"\d{4}-\d\d-\d\dT[0-9:.]{5,20}(?:Z|[+-]\d\d:\d\d)")
_WORD = re.compile(r"\S{0,400}")
_HASHED = "jumbf manifest"  # what the library calls the place of the manifest itself
_PROGRAM = frozenset({"name", "version", "org.contentauth.c2pa_rs"})
_CLAIM = frozenset({"instanceID", "claim_generator", "claim_generator_info", "dc:title", "dc:format", "claim_version"})
_CLAIM_LINKS = frozenset({"signature", "assertions", "created_assertions", "gathered_assertions"})
_CLAIM_LINKS |= {"redacted_assertions", "alg", "alg_soft"}


def is_nameless(one: Json) -> bool:
    """Whether a manifest, as the library's `detailed_json` tells it, says nothing but what it may."""
    claim, store = one.get("claim") or {}, one.get("assertion_store") or {}
    return _is_claim(claim) and all(_is_kept(label, said) for label, said in store.items())


def _is_claim(claim: Any) -> bool:
    if not isinstance(claim, dict) or claim.keys() - _CLAIM - _CLAIM_LINKS:
        return False
    programs = claim.get("claim_generator_info") or []
    return (
        claim.get("dc:title") in (None, "", *manifest.TITLES)
        and _fits(_NUMBER, claim.get("instanceID"))
        and _is_word(claim.get("dc:format"))
        and all(map(_is_program, programs if isinstance(programs, list) else [programs]))
        and all(map(_is_word, _texts([claim[key] for key in claim.keys() & _CLAIM_LINKS])))
    )


def _is_kept(label: str, said: Any) -> bool:
    """Of an assertion; any other kind is redacted."""
    if label.startswith("c2pa.hash."):
        return all(text == _HASHED or _is_word(text) for text in _texts(said))
    if label.startswith("c2pa.actions"):
        return _has(said, {"actions": _is_list_of(_is_action), "allActionsIncluded": _is_flag})
    return not label.startswith("c2pa.ingredient") or _has(said, _INGREDIENT)


def _is_action(said: Any) -> bool:
    return _has(said, _ACTION)


def _is_program(said: Any) -> bool:
    if isinstance(said, str):
        return True
    return (
        isinstance(said, dict) and not said.keys() - _PROGRAM and all(isinstance(each, str) for each in said.values())
    )


def _has(said: Any, allowed: Mapping[str, _Check]) -> bool:
    """Whether it is an object of these, each as it may be; what is null says nothing."""
    if not isinstance(said, dict):
        return False
    told = {key: value for key, value in said.items() if value is not None}
    return not told.keys() - allowed.keys() and all(allowed[key](value) for key, value in told.items())


def _fits(pattern: re.Pattern[str], said: Any) -> bool:
    return said is None or (isinstance(said, str) and pattern.fullmatch(said) is not None)


def _is_word(said: Any) -> bool:
    return _fits(_WORD, said)


def _is_flag(said: Any) -> bool:
    return isinstance(said, bool)


def _are_links(said: Any) -> bool:
    """To assertions: addresses and hashes."""
    return all(map(_is_word, _texts(said)))


def _is_anything(said: Any) -> bool:
    """What a library wrote when it checked: whose explanations name what may be named, or the titles that may not."""
    del said
    return True


def _is_list_of(check: _Check) -> _Check:
    return lambda said: isinstance(said, list) and all(map(check, said))


def _texts(said: Any) -> Iterator[str]:
    """Every text in it, those of keys too."""
    if isinstance(said, str):
        yield said
    elif isinstance(said, dict):
        for key, value in said.items():
            yield key
            yield from _texts(value)
    elif isinstance(said, list):
        for each in said:
            yield from _texts(each)


_PARAMETERS: Mapping[str, _Check] = {
    name: _are_links for name in ("ingredients", "ingredient", "ingredientIds", "redacted")
}
_ACTION: Mapping[str, _Check] = {
    "action": lambda said: _fits(_CODE, said),
    "when": lambda said: _fits(_WHEN, said),
    "reason": lambda said: _fits(_CODE, said),
    "digitalSourceType": lambda said: _fits(_SOURCE, said),
    "softwareAgent": _is_program,
    "parameters": lambda said: _has(said, _PARAMETERS),
}
_INGREDIENT: Mapping[str, _Check] = {
    "relationship": _is_word,
    "dc:title": lambda said: said in ("", *manifest.TITLES),
    "dc:format": _is_word,
    "instanceID": lambda said: _fits(_NUMBER, said),
    "documentID": lambda said: _fits(_NUMBER, said),
    "validationResults": _is_anything,
    "validationStatus": _is_anything,
    "activeManifest": _are_links,
    "c2pa_manifest": _are_links,
    "claimSignature": _are_links,
    "digitalSourceType": lambda said: _fits(_SOURCE, said),
    "thumbnail": _are_links,
}
