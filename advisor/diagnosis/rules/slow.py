"""What of the photos themselves makes a job slow, or keeps it from beginning. Rules; pure.

Everything else that is slow is the machine's: `advisor.health.checkup`.
"""

from __future__ import annotations

from collections.abc import Iterator

from advisor.diagnosis.rules.base import Evidence, Rule, Seen, finding, photos
from advisor.diagnosis.types import Cause, Finding, Level, Symptom
from fusion.units import MIB

_SLOW_BYTES = 10 * MIB  # of a photo, which is accepted and yet more than a face needs


def _file_large(seen: Seen) -> Iterator[Finding]:
    for role, photo, action in photos(seen):
        if seen.limit_bytes is None or photo.file_bytes is None:
            continue
        slow_bytes = min(seen.limit_bytes, _SLOW_BYTES)
        if photo.file_bytes <= slow_bytes:
            continue
        evidence: Evidence = {
            "role": role,
            "megabytes": photo.file_bytes / MIB,
            "limit_megabytes": slow_bytes / MIB,
        }
        yield finding(Symptom.SLOW, Cause.FILE_LARGE, 0.95, evidence, action, level=Level.SERIOUS)


RULES = (Rule(Cause.FILE_LARGE, ("limit_bytes",), _file_large),)
