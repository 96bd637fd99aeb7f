"""The process that asks the driver (`probe`), from outside: one at a time, with a deadline for each answer.

When an answer is late, the driver counts as mute. The question stays open: later reads look whether it has been
answered meanwhile, and wait no more. After a while the process is ended and another one is asked, also without waiting
for it; but not before the last one is gone: what hangs in the kernel outlives even a kill, and shall stay the only one.
"""

from __future__ import annotations

import contextlib
import logging
import os
import queue
import subprocess
import sys
import time
from pathlib import Path

from advisor.driver.answer import Answer
from advisor.driver.reasons import Reason
from fusion.threads import ServiceThread

ANSWER_S = 3.0  # for a whole reading, the opening of the driver included
START_S = 10.0  # until Python has started: a machine under load is no driver that hangs
AGAIN_S = 30.0  # a process that has been silent for so long is ended, and another one is asked
_GOODBYE_S = 2.0
_ROOT = Path(__file__).resolve().parents[2]
_log = logging.getLogger(__name__)
_left: list[subprocess.Popen[bytes]] = []  # ended, and not gone yet


class _Probe:
    """One process: what it has been asked, and its lines."""

    def __init__(self, retry_s: float) -> None:
        """Start it.

        Raises:
            OSError: the system does not let us.
        """
        self.process = subprocess.Popen(
            # Where we are, too: the loader of libraries may have been given a path relative to it.
            [sys.executable, "-P", "-m", "advisor.driver.probe", str(retry_s)],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, (str(_ROOT), os.environ.get("PYTHONPATH"))))},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            # Not ours: whoever reads our output to its end would wait for a process that cannot be ended.
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # so that Ctrl-C in the terminal reaches the parent alone
            bufsize=0,
        )
        self.is_ready = self.is_asked = False
        self._lines: queue.SimpleQueue[tuple[str, float] | None] = queue.SimpleQueue()
        ServiceThread(self._listen, "advisor asking", lambda _: self._lines.put(None)).start()

    def _listen(self) -> None:
        """Lines one by one; None at the end. Below Python's files, whose locks a thread that hangs would hold."""
        assert self.process.stdout is not None
        output, kept = self.process.stdout.fileno(), b""
        with contextlib.suppress(OSError):  # it was closed under us
            while data := os.read(output, 1 << 16):
                *lines, kept = (kept + data).split(b"\n")
                for line in lines:
                    self._lines.put((line.decode(), time.monotonic()))
        self._lines.put(None)

    def ask(self) -> None:
        """Put the question. A process that is gone says so when it is listened to."""
        assert self.process.stdin is not None
        self.is_asked = True
        with contextlib.suppress(OSError):
            self.process.stdin.write(b"?")

    def line(self, seconds: float) -> tuple[str, float]:
        """Its next line, and when that came.

        Raises:
            queue.Empty: there is none within `seconds`.
            EOFError: it is gone.
        """
        line = self._lines.get(timeout=seconds)
        if line is None:
            raise EOFError
        return line

    def ended(self) -> int | None:
        """Its exit code, once its output has ended."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(_GOODBYE_S)
        return self.process.returncode

    def end(self, *, is_mute: bool) -> None:
        """Have it end, in order unless it is mute; leave it behind where it does not."""
        assert self.process.stdin is not None
        with contextlib.suppress(OSError):
            self.process.stdin.close()
        try:
            if not is_mute:
                self.process.wait(_GOODBYE_S)
        except subprocess.TimeoutExpired:
            _log.warning("the process that asks the NVIDIA driver does not end by itself")
        self.process.kill()
        try:
            self.process.wait(_GOODBYE_S / 4)
        except subprocess.TimeoutExpired:
            _left.append(self.process)  # it hangs in the kernel; its output stays open with it
            return
        if self.process.stdout is not None:
            self.process.stdout.close()


class Asking:
    """Asks, for one thread at a time. Starts nothing before it is asked.

    Args:
        retry_s: no two openings of the driver within so long.
        answer_s: for a whole reading.
        again_s: after so much silence the process is ended, and so long after one has crashed another one is started.
    """

    def __init__(self, retry_s: float, answer_s: float = ANSWER_S, again_s: float = AGAIN_S) -> None:
        self._retry_s = retry_s
        self._answer_s = answer_s
        self._again_s = again_s
        self._probe: _Probe | None = None
        self._pid = os.getpid()
        self._is_mute = False
        self._why = Reason.NO_ANSWER  # while it is mute
        self._asked_at = 0.0  # when the open question was put, or the last process started

    def begin(self) -> None:
        """Put the question, unless one is open."""
        if self._pid != os.getpid():  # a forked child: the process is its parent's
            self._probe, self._is_mute, self._pid = None, False, os.getpid()
        now = time.monotonic()
        if self._is_mute and now - self._asked_at > self._again_s:
            self._drop()
        if self._probe is None:
            if self._is_mute and now - self._asked_at <= self._again_s:
                return
            self._start()
        if self._probe is not None and not self._probe.is_asked:
            self._asked_at = now
            self._probe.ask()

    def answer(self) -> Answer:
        """What it says: waits no longer than the deadline allows, and not at all for one that is mute."""
        if self._probe is None:
            return Answer(why=self._why)
        try:
            if not self._probe.is_ready:
                _, self._asked_at = self._probe.line(self._left(START_S))
                self._probe.is_ready = True
            said = Answer.from_line(self._probe.line(self._left(self._answer_s))[0])
        except queue.Empty:
            return self._mute(Reason.NO_ANSWER)
        except EOFError:
            _log.error("the process that asks the NVIDIA driver ended with code %s", self._probe.ended())
            self._drop()
            return self._mute(Reason.UNEXPLAINED)
        except (ValueError, KeyError, TypeError):
            _log.exception("the process that asks the NVIDIA driver said what nobody understands")
            self._drop()
            return self._mute(Reason.UNEXPLAINED)
        self._probe.is_asked, self._is_mute = False, False
        return said

    def close(self) -> None:
        """End the process. A later question starts another one."""
        if self._pid == os.getpid():
            self._drop()
        self._is_mute = False

    def _left(self, most_s: float) -> float:
        return 0.0 if self._is_mute else max(0.0, self._asked_at + most_s - time.monotonic())

    def _mute(self, why: Reason) -> Answer:
        self._is_mute, self._why = True, why
        return Answer(why=why)

    def _drop(self) -> None:
        if self._probe is not None:
            self._probe.end(is_mute=self._is_mute)
            self._probe = None

    def _start(self) -> None:
        """Start a process, unless the last one is still there."""
        _left[:] = [each for each in _left if each.poll() is None]
        if _left:
            self._mute(Reason.NO_ANSWER)
            return
        try:
            self._probe = _Probe(self._retry_s)
        except OSError as error:
            _log.error("no process that asks the NVIDIA driver can be started: %s", error)
            self._asked_at = time.monotonic()
            self._mute(Reason.UNEXPLAINED)
