"""From measures to causes: what is wrong with a result, why, and what to do about it.

`diagnose` is pure: a `Symptom` and a `Case` in, a `Diagnosis` of `Finding`s out, each with its `Cause` and `Remedy`.
`case` gathers one from a job or from files, and `Checker` looks at every result as it comes, on a thread of its own.
"""

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
