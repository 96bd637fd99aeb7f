"""The node's side of a worker: an actor that starts `python -m fusion.worker` and passes on its lines and its files.

Needs no Ray: `fusion.cluster.nodes` makes an actor of it. What is asked comes numbered, since Ray may deliver a small
message before a large one that was sent first.
"""

from __future__ import annotations

import contextlib
import os
import queue
import subprocess
import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from fusion import config
from fusion.cluster.offered import Lack, Offered
from fusion.cluster.receiver import Answer, Receiver
from fusion.files import private
from fusion.storage import App
from fusion.threads import ServiceThread
from fusion.types import Stage
from fusion.worker import protocol, run_job, start
from fusion.worker.protocol import Done, Failed, Fuse, Moved, Stopped

_FOLDER = "node"  # in the data folder of the node
_REST_S = 5.0  # after which a call that has nothing to tell returns all the same
_LOG, _LOG_TAIL_BYTES = "worker.log", 4096
_PHOTOS, _RESULTS = "photos", "results"  # of a job
_BLANK, _SLASH = ",", "_"


class Said(NamedTuple):
    """A line of the worker's, and the files that came of a job by their names."""

    line: bytes
    files: Mapping[str, bytes]


class Heard(NamedTuple):
    """What the worker has said since it was listened to last.

    Attributes:
        said: in its order.
        code: its exit code once it has ended; None before.
        last_words: the end of its log then.
    """

    said: tuple[Said, ...]
    code: int | None = None
    last_words: bytes = b""


class Hosted:
    """One worker of this node, with a folder of its own that goes with it."""

    def __init__(self) -> None:
        root = private.private_folder(config.load().data / _FOLDER)
        _sweep(root)
        self._receiver = Receiver()
        self._receiver.sweep()
        self._folder = private.private_folder(root / _name(App.this()))
        self._said: queue.SimpleQueue[Said | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._early: dict[int, tuple[bytes, tuple[bytes, ...]]] = {}
        self._next = 0
        self._is_ending = False
        self._process: subprocess.Popen[bytes] | None = None
        self._code: int | None = None
        self._last_words = b""

    def begin(self, environment: Mapping[str, str], ready_first: bool) -> None:
        """Start the worker.

        Args:
            environment: what the head's worker is told of its settings, and this one as well.
            ready_first: as `protocol.READY_FIRST`.
        """
        # Ray sets it to the number of processors that an actor reserves, which is none.
        os.environ.pop("OMP_NUM_THREADS", None)
        with self._lock:
            if self._is_ending:
                return
            self._process = start.spawn(self._folder / _LOG, None, ready_first=ready_first, more=environment)
        ServiceThread(self._listen_to, "worker of a node", lambda error: self._over(1)).start()

    def offer(self, files: Sequence[Offered]) -> Answer:
        """As `Receiver.offer`."""
        return self._receiver.offer(files)

    def take(self, file: Offered, at: int, piece: bytes) -> Lack | None:
        """As `Receiver.take`."""
        return self._receiver.take(file, at, piece)

    def settle(self, manifest: bytes) -> None:
        """As `Receiver.settle`."""
        self._receiver.settle(manifest)

    def listen(self) -> Heard:
        """Wait until the worker has something to say, or for a while."""
        found: list[Said] = []
        with contextlib.suppress(queue.Empty):
            said = self._said.get(timeout=_REST_S)
            while said is not None:
                found.append(said)
                said = self._said.get_nowait()
        is_over = self._code is not None and self._said.empty()
        return Heard(tuple(found), self._code, self._last_words) if is_over else Heard(tuple(found))

    def ask(self, number: int, line: bytes, *photos: bytes) -> None:
        """Pass a request on, after those of smaller numbers; an empty one closes the worker's input.

        Args:
            number: counts from 0.
            photos: of a `Fuse`, whose paths are the head's.
        """
        with self._lock:
            self._early[number] = line, photos
            while self._next in self._early:
                line, photos = self._early.pop(self._next)
                self._next += 1
                with contextlib.suppress(OSError, ValueError):  # it has died, which the listening thread will say
                    self._pass_on(line, photos)

    def end(self) -> None:
        """End the worker now; what it has of photos goes, and what of weights is not whole."""
        self._receiver.close()
        with self._lock:
            self._is_ending = True
            if self._process is None:
                self._over(-9)
            else:
                self._process.kill()

    def _pass_on(self, line: bytes, photos: tuple[bytes, ...]) -> None:
        if self._process is None or self._process.stdin is None:
            return  # it was closed before it began
        if not line:
            self._process.stdin.close()
            return
        request = protocol.request(line)
        if isinstance(request, Fuse):
            try:
                line = protocol.encode(self._here(request, photos))
            except OSError as error:
                failed = Failed(request.id, run_job.as_fusion_error(error, "cpu"))
                self._said.put(Said(protocol.encode(failed), {}))
                return
        self._process.stdin.write(line)
        self._process.stdin.flush()

    def _here(self, job: Fuse, photos: tuple[bytes, ...]) -> Fuse:
        """The job with files of this node."""
        at = self._folder / job.id
        private.remove(at)
        into, out = at / _PHOTOS, at / _RESULTS
        for folder in (at, into, out):
            folder.mkdir(0o700)
        paths = [into / str(number) for number in range(len(photos))]
        for path, photo in zip(paths, photos, strict=True):
            path.write_bytes(photo)  # in a folder that is closed to others, and not for long
        target, source, *others = paths
        output, before = out / job.output.name, out / job.before.name
        return replace(job, target=target, source=source, others=tuple(others), output=output, before=before)

    def _listen_to(self) -> None:
        process = self._process
        assert process is not None
        assert process.stdout is not None
        for line in process.stdout:
            if line.endswith(b"\n"):  # else it died as it wrote
                self._hear(line)
        code = process.wait()
        process.stdout.close()
        with self._lock, contextlib.suppress(OSError, ValueError):
            if process.stdin is not None:
                process.stdin.close()
        self._over(code)

    def _hear(self, line: bytes) -> None:
        event = protocol.event(line)
        if isinstance(event, Moved) and event.progress.stage != Stage.READ:  # it has read them
            private.remove(self._folder / event.id / _PHOTOS)
        if not isinstance(event, Done | Failed | Stopped) or not event.id:
            self._said.put(Said(line, {}))
            return
        files: dict[str, bytes] = {}
        if isinstance(event, Done):
            try:
                files = {file.name: file.read_bytes() for file in (self._folder / event.id / _RESULTS).iterdir()}
            except OSError as error:
                line = protocol.encode(Failed(event.id, run_job.as_fusion_error(error, "cpu")))
        private.remove(self._folder / event.id)
        self._said.put(Said(line, files))

    def _over(self, code: int) -> None:
        with contextlib.suppress(OSError):
            self._last_words = (self._folder / _LOG).read_bytes()[-_LOG_TAIL_BYTES:]
        private.remove(self._folder)
        self._code = code
        self._said.put(None)


def _sweep(root: Path) -> None:
    """Remove what actors have left that were killed before they could."""
    for folder in root.iterdir():
        with contextlib.suppress(ValueError):
            if not App.parse(folder.name.replace(_BLANK, " ").replace(_SLASH, "/")).is_alive:
                private.remove(folder)


def _name(app: App) -> str:
    """A process as the name of its folder."""
    return str(app).replace(" ", _BLANK).replace("/", _SLASH)
