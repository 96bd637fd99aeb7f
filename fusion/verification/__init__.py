"""Whether what a picture says of its origin holds: labels, recipes and signatures, of whatever tool.

`verify` reads one file and gives a `Report` of findings, each of which holds, is claimed, is broken, or cannot be told.
"""

from __future__ import annotations

from fusion.verification.findings import SENTENCES, Code, Finding, Report, State, Verdict
from fusion.verification.verify import LIMITS, verify

__all__ = ["LIMITS", "SENTENCES", "Code", "Finding", "Report", "State", "Verdict", "verify"]
