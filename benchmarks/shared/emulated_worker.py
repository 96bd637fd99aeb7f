"""A worker on an emulated card: FUSEWISE_PIPELINE=benchmarks.shared.emulated_worker:Pipeline.

The process that imports this has the card until it ends. EMULATED_CARD_MIB: how much torch may have of it; without it
as much as it wants. EMULATED_CARD_BUILD: the architectures that torch is said to have code for, such as "sm_90".
EMULATED_CARD_CODE=no: there is none for it, which only the first operation finds out.
"""

from __future__ import annotations

import os

from benchmarks.shared.emulated_card import Card
from fusion.pipeline import Pipeline as Pipeline
from fusion.units import MIB

MEMORY, BUILD, CODE = "EMULATED_CARD_MIB", "EMULATED_CARD_BUILD", "EMULATED_CARD_CODE"

_size = os.environ.get(MEMORY)
_card = Card(int(_size) * MIB if _size else None, tuple(os.environ.get(BUILD, "").split()))
_card.__enter__()
_card.ledger.has_code = os.environ.get(CODE) != "no"
