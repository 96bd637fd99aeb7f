"""The head's side of a worker on a node: to a supervisor it is a process like any other.

Lines go through an actor (`fusion.cluster.hosted`), photos and results through Ray's object store. Ray's module is
handed in.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from fusion import config
from fusion.cluster import offered
from fusion.cluster.hosted import Heard, Said
from fusion.cluster.offered import Part
from fusion.cluster.pipes import Input, Output
from fusion.cluster.sender import Over, Sender
from fusion.errors import Cancelled, FusionError, Reason, frameless
from fusion.files import inputs
from fusion.threads import ServiceThread
from fusion.types import Progress, Stage, State
from fusion.worker import protocol, run_job, written
from fusion.worker.protocol import Cancel, Done, Failed, Fuse, Moved

KILLED_EXIT = 137  # as shells tell of a kill: what -9 says is of this machine's memory (fusion.jobs.worker_slot)
_LOOK_S = 0.5
_GOODBYE_S = 5.0  # for a node to end a worker and remove its photos, before the actor is ended by Ray
_TOLD_S = 2.0
_NUMBERS = itertools.count(1)
_OF_THE_DISK = (Reason.DISK_FULL, Reason.OUTPUT_UNWRITABLE)


class RemoteProcess:
    """A worker on a node.

    Args:
        ray: the module.
        actor: a `Hosted`.
        node: its name, for people.
        log: what the worker's log says at its end is added to this file.
        is_there: whether the node belongs to the cluster.
    """

    def __init__(self, ray: Any, actor: Any, node: str, log: Path, is_there: Callable[[], bool]) -> None:
        self.pid = -next(_NUMBERS)
        self._ray, self._actor, self._node, self._log, self._is_there = ray, actor, node, log, is_there
        self._lines: deque[bytes] = deque()
        self._jobs: dict[str, Fuse] = {}  # that were sent and have not ended
        self._numbers = itertools.count()
        self._listening: Any = None  # a call whose answer has not come
        self._killed_at: float | None = None
        self._code: int | None = None
        self._ended = threading.Event()
        self._sender = Sender(ray, actor, lambda: self._killed_at is not None or self._code is not None)
        self._unwanted: set[str] = set()  # jobs that were cancelled before their node had what they need

    def begin(self, environment: Mapping[str, str], *, ready_first: bool) -> None:
        """Have the node start the worker, once it has the weights that this machine has. Returns at once."""

        def start() -> None:
            self._actor.begin.remote(dict(environment), ready_first)

        self._bring("", frozenset(Part), start)

    @property
    def stdin(self) -> Input:
        """Its input."""
        return Input(self)

    @property
    def stdout(self) -> Output:
        """Its output."""
        return Output(self)

    def poll(self) -> int | None:
        """Its exit code; None while it runs."""
        return self._code

    def kill(self) -> None:
        """End it: the node does so, and removes its photos; where it does not answer, Ray ends the actor later."""
        if self._killed_at is None and self._code is None:
            self._killed_at = time.monotonic()
            with self._calling():
                self._actor.end.remote()

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code once it has ended.

        Raises:
            subprocess.TimeoutExpired: it runs still.
        """
        until = None if timeout is None else time.monotonic() + timeout
        while not self._ended.wait(_LOOK_S):  # where nobody reads any more, its end is looked for here
            if until is not None and time.monotonic() >= until:
                raise subprocess.TimeoutExpired(self._node, timeout or 0.0)
            if self._killed_at is not None:
                with contextlib.suppress(FusionError):
                    self._look()
        assert self._code is not None
        return self._code

    def send(self, line: bytes) -> None:
        """Send a line, of a job with its photos; an empty one closes the worker's input.

        Raises:
            OSError: Ray does not take it.
        """
        request = protocol.request(line) if line else None
        photos: list[bytes] = []
        if isinstance(request, Fuse):
            most = config.load().max_upload_bytes
            try:
                photos = [inputs.read(path, most) for path in (request.target, request.source, *request.others)]
            except FusionError as error:
                self._lines.append(protocol.encode(Failed(request.id, frameless(error))))
                return
            self._jobs[request.id] = request
            self._unwanted.discard(request.id)
            parts = offered.needed(request.settings)
            if not self._sender.is_current(parts):
                self._bring(request.id, parts, lambda: self._ask_to_fuse(request, line, photos))
                return
        elif isinstance(request, Cancel) and request.id in self._jobs:
            self._unwanted.add(request.id)
        self._ask(line, *photos)

    def _ask(self, line: bytes, *photos: bytes) -> None:
        with self._calling():
            # Ray sends what is small along, and puts what is large (from 100 KB) into its object store.
            self._actor.ask.remote(next(self._numbers), line, *photos)

    def _ask_to_fuse(self, job: Fuse, line: bytes, photos: list[bytes]) -> None:
        error = offered.refused(self._sender.lacks, job.settings, self._node)
        if error is not None:
            self._fail(job.id, error)
            return
        self._ask(line, *photos)

    def _bring(self, job: str, parts: frozenset[Part], then: Callable[[], None]) -> None:
        """In a thread of its own, have the node get what it lacks, which is told as a stage of the job; then go on.

        Args:
            job: its id; "" for the start of the worker.
        """

        def tell(fraction: float) -> None:
            if job in self._unwanted:
                raise Over
            progress = Progress(State.RUNNING, Stage.WEIGHTS, fraction)
            self._lines.append(protocol.encode(Moved(job, progress)))

        def bring() -> None:
            try:
                self._sender.bring(parts, tell)
                if job in self._unwanted:
                    raise Over
                then()
            except Over:
                if job:
                    self._fail(job, Cancelled())
            except (self._ray.exceptions.RayError, OSError):  # the node is gone, which whoever listens finds out
                return

        ServiceThread(bring, "weights for a node", self._break_off).start()

    def _break_off(self, error: FusionError) -> None:
        """A bug: without the thread nobody would go on."""
        del error
        self._end(1)

    def _fail(self, job: str, error: FusionError) -> None:
        if self._jobs.pop(job, None) is not None:
            self._lines.append(protocol.encode(Failed(job, frameless(error))))

    def next_line(self) -> bytes:
        """Wait for what it says next; an empty line at its end.

        Raises:
            FusionError: "node_lost".
        """
        while not self._lines:
            if self._code is not None:
                return b""
            self._look()
        return self._lines.popleft()

    @contextlib.contextmanager
    def _calling(self) -> Iterator[None]:
        try:
            yield
        except self._ray.exceptions.RayError as error:
            raise BrokenPipeError(str(error)) from error

    def _look(self) -> None:
        """Take in what has come."""
        try:
            if self._listening is None:
                self._listening = self._actor.listen.remote()
            heard: Heard = self._ray.get(self._listening, timeout=_LOOK_S)
        except self._ray.exceptions.GetTimeoutError:
            if self._killed_at is not None and time.monotonic() - self._killed_at > _GOODBYE_S:
                self._end(KILLED_EXIT)
            return
        except self._ray.exceptions.RayError as error:
            self._lose(error)
            return
        self._listening = None
        self._lines.extend(map(self._take_in, heard.said))
        if heard.code is not None:
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
            with contextlib.suppress(OSError), os.fdopen(os.open(self._log, flags, 0o600), "ab") as log:
                log.write(heard.last_words)
            self._end(heard.code if heard.code >= 0 else 128 - heard.code)

    def _lose(self, error: Exception) -> None:
        """The actor is gone, or does not answer, and what it has said meanwhile may have been lost."""
        was_killed = self._killed_at is not None
        is_far = isinstance(error, self._ray.exceptions.ActorUnavailableError) and not self._is_dead()
        self._end(KILLED_EXIT)
        if not was_killed and (is_far or not self._is_there()):
            raise FusionError(Reason.NODE_LOST, node=self._node)

    def _is_dead(self) -> bool:
        """Whether an actor that does not answer has died by itself, which its node tells the cluster at once.

        Where that is not told the node is gone, or cut off; the cluster finds that out much later.
        """
        until = time.monotonic() + _TOLD_S
        while time.monotonic() < until:
            try:
                self._ray.get(self._actor.listen.remote(), timeout=_LOOK_S)
            except self._ray.exceptions.ActorUnavailableError:
                time.sleep(_LOOK_S)
            except self._ray.exceptions.GetTimeoutError:
                return False
            except self._ray.exceptions.RayError:
                return True
            else:
                return False
        return False

    def _end(self, code: int) -> None:
        with contextlib.suppress(self._ray.exceptions.RayError, ValueError):
            self._ray.kill(self._actor)
        self._code = code
        self._ended.set()

    def _take_in(self, said: Said) -> bytes:
        """A line as a worker of this machine would have said it, with the files where they were asked for."""
        event = protocol.event(said.line)
        job = self._jobs.pop(event.id, None) if isinstance(event, Done | Failed) else None
        if job is None:
            return said.line
        if isinstance(event, Failed):
            return protocol.encode(Failed(job.id, _of_node(event.error, self._node)))
        assert isinstance(event, Done)
        try:
            run_job.prepare(job.output)
            for name, data in said.files.items():
                written.write(job.output.with_name(Path(name).name), (data,), replace=True)
        except FusionError as error:
            return protocol.encode(Failed(job.id, frameless(error)))
        notices = (*event.facts.notices, *offered.told(self._sender.lacks, event.facts, self._node))
        return protocol.encode(replace(event, facts=replace(event.facts, output=job.output, notices=notices)))


def _of_node(error: FusionError, node: str) -> FusionError:
    """A failure that was told of another machine's disk, which says nothing of this one's."""
    if error.reason not in _OF_THE_DISK:
        return error
    return FusionError(Reason.NODE_DISK, node=node, why=error.details.get("why", error.message))
