"""Whether photos show what is not fused here: nudity, as a network judges it, before there is any fusion.

Needs numpy, OpenCV, Pillow and, once a photo is looked at, onnxruntime and the model file of the extra `refusal`. A
`Guard` examines the photos of a job and raises; `score` is what it goes by. `is_wanted` says whether photos are to be
examined at all, and `standing` whether they can be, which costs nothing to ask.

The setting is read where photos are examined; what a job brings is the fact whether it came to an instance that serves
others. So it holds for a job that waits over a restart, whoever runs it, and a setting that is changed holds at once.
"""

from __future__ import annotations

from fusion.refusal.guard import Guard
from fusion.refusal.network import Network, score
from fusion.refusal.policy import Standing, is_wanted, ready, standing

__all__ = ["Guard", "Network", "Standing", "is_wanted", "ready", "score", "standing"]
