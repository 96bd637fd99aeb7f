"""What a file says of its own origin: labels that the law asks for, as text and bytes. Knows no pixels.

`AigcLabel` is the label of GB 45438-2025; `xmp` writes the packet that carries it and reads any tool's; `digest` ties a
label to the picture that it was made for, so that a copy of it on another one is seen. `marks_in` reads what any tool's
file says, be it true or not.
"""

from __future__ import annotations

from fusion.marks import digest, xmp
from fusion.marks.aigc import AigcLabel, is_allowed
from fusion.marks.containers import Kind, kind_of
from fusion.marks.found import Claim, FoundLabel, Marks, Origin, Place, is_ai, marks_in

__all__ = [
    "AigcLabel",
    "Claim",
    "FoundLabel",
    "Kind",
    "Marks",
    "Origin",
    "Place",
    "digest",
    "is_ai",
    "is_allowed",
    "kind_of",
    "marks_in",
    "xmp",
]
