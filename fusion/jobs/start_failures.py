"""That an app's workers could not be started, for other processes to tell. Standard library."""

from __future__ import annotations

import json
from dataclasses import dataclass

from fusion import errors
from fusion.errors import FusionError
from fusion.storage import App, Archive

_OPTION = "worker_trouble"


@dataclass(frozen=True, slots=True)
class WorkerTrouble:
    """Why no worker could be started, and when it is tried again if a job waits, in seconds since the epoch."""

    error: FusionError
    retry_at: float | None


def tell(archive: Archive, error: FusionError, retry_at: float | None) -> None:
    """This app has no worker.

    Raises:
        FusionError: as `Store.write`.
    """
    said = {"app": str(App.this()), "error": error.to_json(), "retry_at": retry_at}
    archive.choose(_OPTION, json.dumps(said, separators=(",", ":")))


def clear(archive: Archive) -> None:
    """There is a worker again.

    Raises:
        FusionError: as `Store.write`.
    """
    archive.choose(_OPTION, "")


def look(archive: Archive) -> WorkerTrouble | None:
    """What an app that lives has told and not taken back.

    Raises:
        FusionError: as `Store.write`.
    """
    text = archive.option(_OPTION)
    if not text:
        return None
    try:
        said = json.loads(text)
        app, error, retry_at = App.parse(said["app"]), errors.from_json(said["error"]), said["retry_at"]
    except (ValueError, KeyError, TypeError):  # of another version
        return None
    return WorkerTrouble(error, retry_at) if app.is_alive else None
