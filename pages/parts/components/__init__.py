"""What is drawn the same way on every page: cards, charts, fields, the comparison slider, the face picker.

Draws what it is handed, and knows no page. Whatever moves by itself is `redrawn`.
"""

from __future__ import annotations

from pages.parts.components import banner, bars, cards, charts, fields, figures, label_switch
from pages.parts.components.bars import Part, gib, in_gib
from pages.parts.components.compare_slider import compare
from pages.parts.components.face_picker import large_picker, picker
from pages.parts.components.live_fragment import redrawn
from pages.parts.components.purpose import purpose

__all__ = [
    "Part",
    "banner",
    "bars",
    "cards",
    "charts",
    "compare",
    "fields",
    "figures",
    "gib",
    "in_gib",
    "label_switch",
    "large_picker",
    "picker",
    "purpose",
    "redrawn",
]
