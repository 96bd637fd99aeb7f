"""How a finding about the environment is made. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from advisor.diagnosis import SENTENCES, Action, Cause, Finding, Level, Remedy, Symptom
from fusion.errors import Detail


def slow(
    cause: Cause, level: Level, action: Action, evidence: Mapping[str, Detail], confidence: float = 1.0
) -> Finding:
    """A finding that makes jobs slow, with the remedy that its sentence names.

    Raises:
        KeyError: the sentence names a value that the evidence lacks.
    """
    remedy = Remedy(SENTENCES[cause][1].format(**evidence), action=action)
    found = Finding(Symptom.SLOW, cause, level, confidence, evidence, remedy)
    assert found.text, "a sentence says something"
    return found
