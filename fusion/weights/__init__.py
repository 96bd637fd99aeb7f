"""The model files: which there are, where they lie, whether they are whole, and how they are downloaded."""

from __future__ import annotations

from fusion.weights import catalog, download, locate, verify
from fusion.weights.progress import Phase, Transfer, Watch
from fusion.weights.tasks import Task, TaskView, WeightsTasks

__all__ = ["Phase", "Task", "TaskView", "Transfer", "Watch", "WeightsTasks", "catalog", "download", "locate", "verify"]
