"""What is left of a job whose photos were refused: that it was refused, and whose it was. Standard library.

Its row keeps no name of a photo, no hash and no place of a face, so that no job refers to the photos any more, and who
removes what nobody refers to finds them. It can be seen and deleted; it cannot be tried again. The log has a line of it
(`fusion.storage.declarations`).
"""

from __future__ import annotations

import sqlite3
import time
from dataclasses import replace

from fusion.declared import Declaration, Declared
from fusion.face_setting import FaceChoice
from fusion.storage import declarations
from fusion.storage.models import Record

COLUMNS = ("target", "source", "target_name", "source_name", "settings")  # of a job, that say something of its photos


def stripped(record: Record) -> Record:
    """The record without what says something of its photos, if these were refused."""
    if not record.is_refused:
        return record
    settings = replace(record.settings, faces=FaceChoice(), source_photo=None)
    return replace(record, target="", source="", target_name="", source_name="", settings=settings, others=())


def settle(file: sqlite3.Connection, record: Record) -> None:
    """Forget further photos of a job that was refused and the desks that they lie on, and log that it was.

    Nothing is done for any other job.

    A batch that is called after one of its photos is called by its id from then on.

    Args:
        file: in a transaction that writes.
    """
    if not record.is_refused:
        return
    assert record.error is not None
    file.execute("DELETE FROM other_sources WHERE job = ?", [record.id])
    for sha256 in record.photos:
        lies_on = "SELECT desk FROM desk_photos WHERE owner = ?1 AND sha256 = ?2"
        file.execute(f"DELETE FROM desks WHERE owner = ?1 AND id IN ({lies_on})", [record.owner, sha256])
    names = {record.target_name, record.source_name, *(other.name for other in record.others)} - {""}
    for name in names:
        file.execute("UPDATE batches SET name = id WHERE id = ? AND instr(name, ?)", [record.batch, name])
    by = declarations.pseudonym(file, record.owner)
    declarations.keep(file, Declaration(time.time(), Declared.REFUSAL, str(record.error.reason), "", by, record.id))
