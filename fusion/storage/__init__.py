"""What is kept on the disk: the tables of one SQLite database, and the photos of jobs and desks, each once.

Knows no queue and no worker. `Store` opens the database, of which `Records`, `Archive`, `Ledger` and `Roster` are the
jobs, their history, what they cost and the workers; `Declarations` is the log of what people said, which outlives the
jobs; `PhotoFiles` holds photos by their sha256.
"""

from __future__ import annotations

from fusion.storage.database import FILE, Store
from fusion.storage.declarations import Declarations
from fusion.storage.history import Archive
from fusion.storage.job_table import Records
from fusion.storage.measurements import Ledger
from fusion.storage.models import Batch, Mark, Priority, Query, Record
from fusion.storage.photo_store import PhotoFiles
from fusion.storage.process_identity import App
from fusion.storage.workers import Roster, WorkerRow

__all__ = [
    "FILE",
    "App",
    "Archive",
    "Batch",
    "Declarations",
    "Ledger",
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
