"""What is kept on the disk: the database with its tables, and the photos of jobs."""

from __future__ import annotations

from fusion.storage.database import FILE, Store
from fusion.storage.history import Archive
from fusion.storage.job_table import Records
from fusion.storage.measurements import Ledger
from fusion.storage.models import App, Batch, Mark, Priority, Query, Record
from fusion.storage.photo_store import PhotoFiles
from fusion.storage.process_identity import Life
from fusion.storage.workers import Roster, WorkerRow

__all__ = [
    "FILE",
    "App",
    "Archive",
    "Batch",
    "Ledger",
    "Life",
    "Mark",
    "PhotoFiles",
    "Priority",
    "Query",
    "Record",
    "Records",
    "Roster",
    "Store",
    "WorkerRow",
]
