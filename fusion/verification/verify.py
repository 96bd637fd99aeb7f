"""One file checked: all that it says of its origin, and whether that holds together."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from fusion.marks import Marks, is_ai, marks_in
from fusion.photos import Limits, decode
from fusion.units import MIB
from fusion.verification import labels, recipes, signatures, watermarks
from fusion.verification.findings import Code, Finding, Report, State

# A result of the largest size may be: 8192 × 8192 px, as a PNG.
LIMITS = Limits(max_bytes=256 * MIB, max_pixels=8192 * 8192, min_side=1)

Known = Callable[[str], bool]


def verify(file: bytes, *, limits: Limits = LIMITS, trusted: str = "", known: Known = lambda id: False) -> Report:
    """What a file says of its origin, and what of that holds, is only claimed, or is broken.

    A label, a recipe and names of programs can be written by anybody, so that they are claims even where they agree
    with the picture. A signature alone makes more of it.

    Args:
        file: a picture of any kind that is read; all in it may be a stranger's.
        trusted: PEM of root certificates whose signers are trusted.
        known: whether a history has a job with a number.

    Raises:
        PhotoRejected: no picture that is read.
    """
    size = decode.glance(file, limits)
    marks = marks_in(file)
    found = [
        *signatures.findings(file, marks, trusted),
        *labels.findings(file, marks, limits),
        *_sources(marks),
        *recipes.findings(marks, size),
        *watermarks.findings(file, marks, limits),
    ]
    if marks.produce_id and known(marks.produce_id):
        found.append(Finding(Code.JOB_KNOWN, State.CLAIMED, {"id": marks.produce_id}))
    if all(finding.code == Code.PICTURE_DAMAGED for finding in found):
        found.append(Finding(Code.NOTHING_LEFT, State.UNKNOWN))
    says_ai = marks.says_ai or any(finding.code in (Code.SIGNED_AI, Code.WATERMARK_FOUND) for finding in found)
    return Report(tuple(found), says_ai, marks.produce_id)


def _sources(marks: Marks) -> Iterator[Finding]:
    """The kinds of source that IPTC names, and whose marks the file has."""
    for kind in dict.fromkeys(marks.source_types):
        code = Code.SOURCE_AI if is_ai(kind) else Code.SOURCE_OTHER
        yield Finding(code, State.CLAIMED, {"kind": kind.rpartition("/")[2] or kind})
    ours = [tool for tool in marks.creator_tools if tool.startswith("Fusewise")] if marks.is_ours else []
    for tool in dict.fromkeys((*ours, *marks.generators)):
        yield Finding(Code.MADE_BY, State.CLAIMED, {"tool": tool})
