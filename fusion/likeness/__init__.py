"""How much one face is like another: the cosine between what a network for recognising people makes of them.

Needs numpy and OpenCV; the network is loaded with the first face. `recognizer` is the process's own
`Recognizer`. A `Comparison` measures a result's `Likeness` to its source and its target: from `SAME_PERSON` on two
photos usually show one person.
"""

from __future__ import annotations

from fusion.likeness.comparison import Comparison
from fusion.likeness.recognizer import Recognizer, recognizer
from fusion.types import SAME_PERSON, Likeness

__all__ = ["SAME_PERSON", "Comparison", "Likeness", "Recognizer", "recognizer"]
