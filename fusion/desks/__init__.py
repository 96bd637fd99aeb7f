"""What lies on people's desks while they work, kept in the same database as the jobs that come of it.

`Desks` is the table; `Shelf` has the desks of a server's sessions in memory, and writes them down.
"""

from __future__ import annotations

from fusion.desks.desk_table import MOST, Desks, KeptDesk
from fusion.desks.shelf import Shelf, Snapshot

__all__ = ["MOST", "Desks", "KeptDesk", "Shelf", "Snapshot"]
