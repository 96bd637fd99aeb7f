"""Downloads a model's folder: whole, or not there at all.

The hub's client lets a file grow as `NAME.incomplete`, goes on from there with a Range request after an interruption of
any kind, a killed process included, and renames it once its size and sha256 are those that the hub states. Around it:
only the files that the engine needs; into a folder beside the final one, so that nobody takes a part for the whole;
room on the disk asked for first; one download of a folder at a time; the manifest last.

To cancel, end the process or raise KeyboardInterrupt: what has been fetched stays, and the next call goes on from it.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from fusion.errors import DownloadFailed, Reason
from fusion.files import private
from fusion.threads import PeriodicThread
from fusion.units import GB, MIB
from fusion.weights import locate
from fusion.weights.catalog import UNET, HubModel
from fusion.weights.hub import Hub, cannot_write
from fusion.weights.locate import MANIFEST, Stated, Status
from fusion.weights.progress import Pace, Phase, Transfer, Watch, seconds_left
from fusion.weights.verification import sha256_of

SPARE_BYTES = 64 * MIB  # left free on the disk, for everything else that writes there
_LOOK_S = 0.25  # between two looks at a growing file


def download(watch: Watch, model: HubModel = UNET, folder: Path | None = None) -> Status:
    """Fetch what is not there yet, or not whole.

    Args:
        watch: is told how far it is, also from another thread, but never by two at once.
        folder: the model's; `weights.place(model)` if None.

    Raises:
        DownloadFailed
    """
    folder = folder or locate.place(model)
    staging = locate.staging(folder)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with _alone(folder):
            watch(Transfer(Phase.LISTING))
            hub, stated = Hub.find(model)
            wanted = {path: each for path, each in stated.items() if not _is_same(folder / path, path, each, watch)}
            staging.mkdir(exist_ok=True)
            _check_room(staging, wanted)
            with Meter(watch, staging, stated, wanted) as meter:
                for path, each in wanted.items():
                    meter.follow(path)
                    hub.fetch(path, each, staging)
            if wanted:
                _move(staging, folder, wanted)
            private.remove(staging)
            _write_manifest(folder, hub, stated)
    except OSError as error:
        raise cannot_write(error, folder) from error
    return locate.look(folder, model)


class Meter:
    """Within it, `watch` is told four times a second how far the files in `staging` have grown.

    It looks at the files rather than ask the client, whose own report is a matter of its insides.
    """

    def __init__(self, watch: Watch, staging: Path, stated: Mapping[str, Stated], wanted: Mapping[str, Stated]) -> None:
        self._watch, self._staging, self._stated, self._wanted = watch, staging, stated, wanted
        self._here = sum(each.size_bytes for path, each in stated.items() if path not in wanted)
        self._total = sum(each.size_bytes for each in stated.values())
        self._pace = Pace()
        self._file = ""
        self._thread = PeriodicThread(self._tell, "download meter")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.close()

    def follow(self, path: str) -> None:
        """From here on `path` is the file in work."""
        self._file = path

    def _tell(self) -> float:
        if self._file:
            self._watch(self._now())
        return _LOOK_S

    def _now(self) -> Transfer:
        file = self._file
        done = self._here + sum(grown(self._staging / path) for path in self._wanted)
        speed = self._pace.at(time.monotonic(), done)
        left = seconds_left(self._total - done, speed)
        size = self._stated[file].size_bytes
        return Transfer(Phase.FETCHING, file, grown(self._staging / file), size, done, self._total, speed, left)


def grown(path: Path) -> int:
    """How many bytes of a file are there, whole or growing."""
    for each in (path, path.with_name(f"{path.name}.incomplete")):
        try:
            return each.stat().st_size
        except OSError:  # renamed or removed this moment, or not begun
            continue
    return 0


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """
    Raises:
        DownloadFailed: another process downloads into this folder.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(folder.with_name(f"{folder.name}.lock"))
    try:
        with lock.acquire(timeout=0):
            yield
    except Timeout as error:
        raise DownloadFailed(Reason.DOWNLOAD_BUSY) from error


def _is_same(path: Path, name: str, stated: Stated, watch: Watch) -> bool:
    if not path.is_file() or path.stat().st_size != stated.size_bytes:
        return False
    here = Transfer(Phase.CHECKING, name, 0, stated.size_bytes, 0, stated.size_bytes)
    return not stated.sha256 or sha256_of(path, here, watch) == stated.sha256


def _check_room(staging: Path, wanted: Mapping[str, Stated]) -> None:
    needed = sum(each.size_bytes - grown(staging / path) for path, each in wanted.items())
    free = private.free_bytes(staging)
    if needed > 0 and needed + SPARE_BYTES > free:
        raise DownloadFailed(
            Reason.DOWNLOAD_NO_ROOM, folder=str(staging.parent), needed=(needed + SPARE_BYTES) / GB, free=free / GB
        )


def _move(staging: Path, folder: Path, wanted: Mapping[str, Stated]) -> None:
    (folder / MANIFEST).unlink(missing_ok=True)  # it is not true of what comes now
    for path in wanted:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        with (staging / path).open("rb") as file:
            os.fsync(file.fileno())  # before the name is there, as a power cut leaves names without contents
        os.replace(staging / path, folder / path)


def _write_manifest(folder: Path, hub: Hub, stated: Mapping[str, Stated]) -> None:
    files = {path: {"size_bytes": each.size_bytes, "sha256": each.sha256} for path, each in stated.items()}
    manifest = {"model": f"{hub.owner}/{hub.model.name}", "revision": "master", "files": files}
    folder.mkdir(parents=True, exist_ok=True)
    private.write(folder / MANIFEST, json.dumps(manifest, indent=2).encode())
