"""The visible label: what it says, where in a picture it goes, and how it is drawn.

Needs numpy and Pillow. A `Label` says its text in one of two languages; `place` finds room for it beside the faces, and
`drawn` draws it there. Whether it is drawn at all is a `Choice`, and how that stands a `Standing`; `DUTY` is what is
said to who switches it off.
"""

from __future__ import annotations

from fusion.labels.choice import DUTY, DUTY_WORDING, Choice, Says, Standing
from fusion.labels.drawing import drawn
from fusion.labels.label import Label
from fusion.labels.lettering import INK_SHARE
from fusion.labels.placing import Placed, place

__all__ = [
    "DUTY",
    "DUTY_WORDING",
    "INK_SHARE",
    "Choice",
    "Label",
    "Placed",
    "Says",
    "Standing",
    "drawn",
    "place",
]
