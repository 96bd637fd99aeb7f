"""Whether the label of GB 45438 in a file is one that the standard allows, and the label of this picture."""

from __future__ import annotations

from collections.abc import Iterator

from fusion.errors import PhotoRejected
from fusion.marks import AigcLabel, Kind, Marks, digest, kind_of
from fusion.photos import Limits, decode
from fusion.verification.findings import Code, Finding, State

_KINDS = {"1": Code.LABEL_MADE, "2": Code.LABEL_MAYBE, "3": Code.LABEL_SUSPECTED}
_SHOWN = 120  # characters of what a stranger has written


def findings(file: bytes, marks: Marks, limits: Limits) -> Iterator[Finding]:
    """What is to be said of the labels in a file."""
    if len(marks.labels) > 1:
        yield Finding(Code.LABELS_SEVERAL, State.BROKEN, {"count": len(marks.labels)})
    for found in marks.labels:
        if found.label is None:
            yield Finding(Code.LABEL_MALFORMED, State.BROKEN, {"fault": found.fault})
        else:
            said = {
                "producer": found.label.content_producer[:_SHOWN] or "–",
                "id": found.label.produce_id[:_SHOWN] or "–",
            }
            yield Finding(_KINDS[found.label.label], State.CLAIMED, said)
            yield _checked(file, found.label, marks.is_animated, limits)


def _checked(file: bytes, label: AigcLabel, is_animated: bool, limits: Limits) -> Finding:
    if not digest.is_ours(label.reserved_code1):
        return Finding(Code.LABEL_UNCHECKED, State.CLAIMED)
    # A result has no frames: who adds some shows them in place of the picture that the digest is of.
    if not is_animated and _digest(file, limits) == label.reserved_code1:
        return Finding(Code.LABEL_FITS, State.CLAIMED)
    return Finding(Code.LABEL_OTHER_PICTURE, State.BROKEN)


def _digest(file: bytes, limits: Limits) -> str:
    """Of the picture; empty where it is damaged, or of a kind that we write no label into."""
    try:
        match kind_of(file):
            case Kind.PNG:
                pixels = decode.stored(file, limits)
                return digest.of_rows(pixels.shape[1], pixels.shape[0], pixels.shape[2], [pixels.reshape(-1).data])
            case Kind.JPEG:
                return digest.of_jpeg(file)
            case Kind.WEBP:
                return digest.of_webp(file)
    except (ValueError, PhotoRejected):
        pass
    return ""
