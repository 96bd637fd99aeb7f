"""Batches: many pairs from folders, a table or a ZIP, planned, queued, and exported again."""

from __future__ import annotations

from fusion.batches import enqueue, export, planning, saved, zip_reader, zip_stream
from fusion.batches.inputs import SUFFIXES, Checked, Given, Pair, Plan, Refused, limits

__all__ = [
    "SUFFIXES",
    "Checked",
    "Given",
    "Pair",
    "Plan",
    "Refused",
    "enqueue",
    "export",
    "limits",
    "planning",
    "saved",
    "zip_reader",
    "zip_stream",
]
