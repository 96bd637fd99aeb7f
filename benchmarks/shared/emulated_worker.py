"""A worker on an emulated card: FUSEWISE_PIPELINE=benchmarks.shared.emulated_worker:Pipeline.

The process that imports this has the card until it ends. EMULATED_CARD_MIB: how much torch may have of it; without it
as much as it wants. EMULATED_CARD_BUILD: the architectures that torch is said to have code for, such as "sm_90".
EMULATED_CARD_GENERATION: its compute capability, such as "6.1".
EMULATED_CARD_CODE: there is code for it in so many runs, of which the warming is the first; in the next one the engine
finds out, at its work, that there is none. 0: the first operation of all does.
"""

from __future__ import annotations

import os
from typing import Any

from benchmarks.shared.emulated_card import Card
from fusion import pipeline
from fusion.ops import interrupt
from fusion.photos import Photo
from fusion.pipeline import Result
from fusion.settings import Settings
from fusion.types import Stage
from fusion.units import MIB

MEMORY, BUILD, CODE = "EMULATED_CARD_MIB", "EMULATED_CARD_BUILD", "EMULATED_CARD_CODE"
GENERATION = "EMULATED_CARD_GENERATION"

_size = os.environ.get(MEMORY)
_major, _, _minor = os.environ.get(GENERATION, "8.6").partition(".")
_build = tuple(os.environ.get(BUILD, "").split())
_card = Card(int(_size) * MIB if _size else None, _build, (int(_major), int(_minor)))
_card.__enter__()
_runs_with_code = int(os.environ.get(CODE, "1000000"))
_card.ledger.has_code = _runs_with_code > 0


class Pipeline(pipeline.Pipeline):
    """One that this card is taken from."""

    _runs = 0

    def run(
        self,
        target: Photo,
        source: Photo,
        settings: Settings,
        watch: interrupt.Watch = interrupt.unwatched,
        **given: Any,
    ) -> Result:
        """As of every pipeline."""
        self._runs += 1

        def losing(stage: Stage, fraction: float) -> None:
            if stage == Stage.FUSE and self._runs > _runs_with_code:
                _card.ledger.has_code = False
            watch(stage, fraction)

        return super().run(target, source, settings, losing, **given)
