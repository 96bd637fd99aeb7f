"""The Fuse page, from the two photos by way of the advice and the settings to the verdicts on the result.

For `pages/studio/fuse.py`. Other pages borrow the worker's line, the verdicts before and after a fusion, opening a job
again and the way to a diagnosis.
"""

from __future__ import annotations

from pages.parts.fuse import (
    advice_card,
    diagnosis_link,
    engine_offer,
    inputs,
    pair_verdict,
    parser_offer,
    reopen,
    run,
    settings_form,
    verdict_badges,
)
from pages.parts.fuse.settings_form import ICONS

__all__ = [
    "ICONS",
    "advice_card",
    "diagnosis_link",
    "engine_offer",
    "inputs",
    "pair_verdict",
    "parser_offer",
    "reopen",
    "run",
    "settings_form",
    "verdict_badges",
]
