"""Batches: many pairs from folders, a table or a ZIP, planned as a whole, queued, and saved again as files.

Needs the queue (`fusion.jobs`). `planning` makes a `Plan` of what is `Given` and says what is `Refused`; `judging`
says which pairs make no picture; `enqueue` puts it into the queue; `export` and `Place` save what came out.
"""

from __future__ import annotations

from fusion.batches import enqueue, export, judging, planning, zip_reader, zip_stream
from fusion.batches.inputs import SUFFIXES, Checked, Given, Pair, Plan, Refused, limits
from fusion.batches.saved import Place, Saved

__all__ = [
    "SUFFIXES",
    "Checked",
    "Given",
    "Pair",
    "Place",
    "Plan",
    "Refused",
    "Saved",
    "enqueue",
    "export",
    "judging",
    "limits",
    "planning",
    "zip_reader",
    "zip_stream",
]
