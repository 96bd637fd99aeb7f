"""Downloads or verifies weights for the pages, in a process of its own: `python -m fusion weights`.

One task at a time, shared by all sessions. The process can be ended at any moment, which is what cancelling is, and it
ends by itself when this one is gone, since its standard input closes then. Imports nothing that the web process lacks.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import threading
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from pathlib import Path

from fusion import errors
from fusion.errors import DownloadFailed, FusionError, Reason
from fusion.threads import ServiceThread, told
from fusion.weights.progress import Transfer

_ROOT = Path(__file__).resolve().parents[2]
_GOODBYE_S = 3.0


class Task(StrEnum):
    """What can be asked for."""

    DOWNLOAD = "download"
    VERIFY = "verify"
    PARSER = "parser"


_ARGUMENTS = {
    Task.DOWNLOAD: ("download", "--accept-licences"),
    Task.VERIFY: ("verify",),
    Task.PARSER: ("parser", "--accept-licences"),
}


@dataclass(frozen=True, slots=True)
class TaskView:
    """The task now, or the last one.

    Args:
        number: of the task, counted from 1; 0 where none was ever asked for.
        transfer: how far it is, once that is known.
        error: why it failed; None for one that was cancelled.
        verdicts: what became of each file that was verified, by its path (`fusion.weights.verification.Verdict`).
    """

    task: Task | None = None
    number: int = 0
    is_running: bool = False
    transfer: Transfer | None = None
    error: FusionError | None = None
    verdicts: tuple[tuple[str, str], ...] = ()


class WeightsTasks:
    """Runs one task at a time until closed.

    Args:
        log: the file that the process's standard error goes to; its folder is made.
    """

    def __init__(self, log: Path) -> None:
        self._log = log
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread: ServiceThread | None = None
        self._view = TaskView()
        self._is_cancelled = self._is_closed = False

    def view(self) -> TaskView:
        """A snapshot."""
        with self._lock:
            return self._view

    def start(self, task: Task) -> None:
        """Begin a task, unless one is running. Returns at once; a failure to begin is in the view."""
        with self._lock:
            if self._view.is_running or self._is_closed:
                return
            self._is_cancelled = False
            self._view = TaskView(task, self._view.number + 1, True)
            process = None
            try:
                process = self._process = self._spawn(task)
                attend = partial(self._attend, process)
                self._thread = ServiceThread(attend, "weights", partial(self._fail, process))
                self._thread.start()
            except Exception as error:  # no process, or no thread to listen to it
                if process is not None:
                    process.kill()
                self._view = replace(self._view, is_running=False, error=told(error))

    def cancel(self) -> None:
        """End the running task at once; what a download has fetched is kept. Without one, nothing."""
        with self._lock:
            if not self._view.is_running or self._process is None:
                return
            self._is_cancelled = True
            self._process.terminate()

    def close(self) -> None:
        """End what is running and begin nothing more; may be called twice."""
        self._is_closed = True
        self.cancel()
        if self._thread is not None:
            self._thread.join(_GOODBYE_S)

    def _spawn(self, task: Task) -> subprocess.Popen[bytes]:
        self._log.parent.mkdir(parents=True, exist_ok=True)
        with self._log.open("wb") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "fusion", "weights", *_ARGUMENTS[task], "--json", "--tied"],
                cwd=_ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=True,  # so that Ctrl-C in the terminal reaches the parent alone
            )

    def _attend(self, process: subprocess.Popen[bytes]) -> None:
        """Listen until the process ends."""
        assert process.stdout is not None
        assert process.stdin is not None
        with process.stdout, contextlib.suppress(OSError):
            for line in process.stdout:
                self._hear(line)
        code = process.wait()
        with contextlib.suppress(OSError):
            process.stdin.close()
        with self._lock:
            died = code != 0 and self._view.error is None and not self._is_cancelled
            error = DownloadFailed(Reason.DOWNLOAD_DIED, code=code) if died else self._view.error
            self._view = replace(self._view, is_running=False, error=error)

    def _fail(self, process: subprocess.Popen[bytes], error: FusionError) -> None:
        """Nobody listens to the process any more."""
        process.kill()
        process.wait()
        self._show(is_running=False, error=error)

    def _hear(self, line: bytes) -> None:
        try:
            said = json.loads(line)
            if "progress" in said:
                self._show(transfer=Transfer.from_json(said["progress"]))
            elif "verified" in said:
                self._show(verdicts=tuple((each["path"], each["verdict"]) for each in said["verified"]))
            elif "error" in said:
                self._show(error=errors.from_json(said["error"]))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return  # half a line, of a process that was ended while it wrote, or none of ours

    def _show(self, **changed: object) -> None:
        with self._lock:
            self._view = replace(self._view, **changed)  # type: ignore[arg-type]
