"""What of a file its signature leaves out: there anything may be changed, and the signature holds still.

C2PA lets a signer leave out any bytes, the picture itself among them. Every signature leaves itself out; one of a TIFF
also where the file says its place, one of HEIC and AVIF boxes that are no picture (C2PA 2.4, hard bindings).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

_DATA, _BMFF = "c2pa.hash.data", "c2pa.hash.bmff"
_MORE = ".additionalExclusionsPresent"  # what the library says of those above as well
_NO_PICTURE = frozenset({"/uuid", "/ftyp", "/mfra", "/free", "/skip"})
_HEAD, _KIND = 32, b"jumb"  # bytes at whose beginning the box of signatures stands, and what it is called
_AROUND = 64  # bytes of chunks, segments and places around it

Json = Mapping[str, Any]


def is_partial(file: bytes, manifest: Json, codes: set[str]) -> bool:
    """Whether it is more than any signature leaves out.

    Args:
        file: whose signature holds.
        manifest: the active one, with its hashes.
        codes: what the library says of it.
    """
    hashes = manifest.get("assertion_store") or {}
    data = [_as_ranges(said) for label, said in hashes.items() if label.startswith(_DATA)]
    boxes = [_as_paths(said) for label, said in hashes.items() if label.startswith(_BMFF)]
    if not data and not boxes:  # one that only adds to another, whose hash counts; or a hash of another kind
        return any(code.endswith(_MORE) for code in codes)
    is_much = any(sum(length for _, length in ranges) > _own(file, ranges) for ranges in data)
    return is_much or any(not _NO_PICTURE.issuperset(paths) for paths in boxes)


def _as_ranges(said: Json) -> list[tuple[int, int]]:
    return [(int(each["start"]), int(each["length"])) for each in _exclusions(said)]


def _as_paths(said: Json) -> list[str]:
    return [str(each.get("xpath")) for each in _exclusions(said)]


def _exclusions(said: Json) -> Iterator[Json]:
    yield from said.get("exclusions") or ()


def _own(file: bytes, ranges: list[tuple[int, int]]) -> int:
    """Bytes that the signatures themselves may take: as their box says, with what stands around its parts."""
    for start, _ in ranges:
        at = file.find(_KIND, start, start + _HEAD)
        if at >= 4:
            length = int.from_bytes(file[at - 4 : at], "big")
            return length + length // 1000 + _AROUND  # a JPEG's segment is of 64 kB, with 20 bytes of head
    return 0
