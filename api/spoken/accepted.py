"""The language that a request asks for in `Accept-Language`. Standard library."""

from __future__ import annotations

from api.spoken.translator import Language, language_of

_MOST = 20  # languages of one request that are looked at


def wanted(header: str | None) -> Language:
    """The language for whoever sends this header; English where none is spoken that it names, or there is none."""
    ranked = [(_weight(each), -place, each.partition(";")[0].strip()) for place, each in enumerate(_parts(header))]
    return language_of(*(name for weight, _, name in sorted(ranked, reverse=True) if weight > 0))


def _parts(header: str | None) -> list[str]:
    return (header or "").split(",")[:_MOST]


def _weight(part: str) -> float:
    for parameter in part.split(";")[1:]:
        name, _, value = parameter.strip().partition("=")
        if name.strip() == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0
