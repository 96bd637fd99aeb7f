"""From measures to causes: what is wrong with a result, why, and what to do about it."""

from __future__ import annotations

from advisor.diagnosis import case
from advisor.diagnosis.case import Case
from advisor.diagnosis.checker import Checker
from advisor.diagnosis.messages import SENTENCES
from advisor.diagnosis.result_check import Verdict, kept
from advisor.diagnosis.run_rules import diagnose
from advisor.diagnosis.thresholds import THRESHOLDS
from advisor.diagnosis.types import Action, Cause, Diagnosis, Finding, Level, Remedy, Symptom

__all__ = [
    "SENTENCES",
    "THRESHOLDS",
    "Action",
    "Case",
    "Cause",
    "Checker",
    "Diagnosis",
    "Finding",
    "Level",
    "Remedy",
    "Symptom",
    "Verdict",
    "case",
    "diagnose",
    "kept",
]
