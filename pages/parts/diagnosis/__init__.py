"""The Diagnostics page: the question, the marked picture, the findings, how the machine fares, the report, the origin.

For `pages/machine/diagnostics.py` alone.
"""

from __future__ import annotations

from pages.parts.diagnosis import findings, machine, origin, picture, question, report, trial

__all__ = ["findings", "machine", "origin", "picture", "question", "report", "trial"]
