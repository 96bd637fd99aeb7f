"""The parts of the Diagnostics page."""

from __future__ import annotations

from pages.parts.diagnosis import ask, findings, report, trial
from pages.parts.diagnosis.machine import discreet, machine
from pages.parts.diagnosis.picture import picture, run

__all__ = ["ask", "discreet", "findings", "machine", "picture", "report", "run", "trial"]
