"""An app without pages, for `benchmarks.soak`: `python -m benchmarks.soak.app`, on the data folder of the environment.

It reads one JSON object a line, and answers in the same way, in no fixed order:

    {"name": ..., "settings": ..., "priority": ..., "target": PATH, "source": PATH}   a job, submitted from 8 threads
        {"taken": NAME}         once `submit` has returned
        {"refused": NAME, "why": ...}
    {"retry": [IDS]}            {"retried": COUNT}, once they are queued again
    {"end": true}               an orderly end

`App` is the other end of the pipe.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fusion.errors import FusionError
from fusion.jobs import Jobs, Priority
from fusion.settings import Settings
from pages.parts.server.process_memory import give_back_freed_memory

ROOT = Path(__file__).resolve().parents[2]
THREADS = 8
_END_S = 30.0


@dataclass(frozen=True, slots=True)
class Order:
    """A job to be submitted; `name` is its own."""

    name: str
    settings: Settings
    target: Path
    source: Path
    priority: Priority = Priority.NOW

    def to_json(self) -> dict[str, Any]:
        """As the app reads it."""
        return {
            "name": self.name,
            "settings": self.settings.to_json(),
            "priority": int(self.priority),
            "target": str(self.target),
            "source": str(self.source),
        }


class App:
    """A running app.

    Args:
        data: its data folder.
    """

    def __init__(self, data: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.soak.app"],
            cwd=ROOT,
            env={**os.environ, "FUSEWISE_DATA": str(data)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self._lock = threading.Lock()
        self._asked: dict[str, Future[dict[str, Any] | None]] = {}
        self._is_over = False
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    @property
    def pid(self) -> int:
        return self._process.pid

    def submit(self, order: Order) -> bool:
        """Whether the app has said that it took the job; if not, it refused it or has ended, and may have taken it."""
        answer = self._ask(order.name, order.to_json())
        return answer is not None and "taken" in answer

    def retry(self, ids: Sequence[str]) -> int:
        """Queue jobs again, as somebody does who presses the button."""
        answer = self._ask("retry", {"retry": list(ids)})
        if answer is None:
            raise RuntimeError("the app has ended by itself")
        return int(answer["retried"])

    def kill(self) -> None:
        """SIGKILL."""
        self._process.kill()
        self._bury()

    def end(self) -> None:
        """An orderly end.

        Raises:
            subprocess.TimeoutExpired: it does not end.
        """
        self._send({"end": True})
        self._bury()

    def _bury(self) -> None:
        self._process.wait(_END_S)
        self._listener.join()

    def _ask(self, name: str, message: dict[str, Any]) -> dict[str, Any] | None:
        answer: Future[dict[str, Any] | None] = Future()
        with self._lock:
            if self._is_over:
                return None
            self._asked[name] = answer
        self._send(message)
        return answer.result()

    def _send(self, message: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        with self._lock:
            try:
                self._process.stdin.write(json.dumps(message).encode() + b"\n")
                self._process.stdin.flush()
            except OSError:  # it has ended: the listener tells those who wait
                return

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            answer = json.loads(line) if line.endswith(b"\n") else {}
            name = answer.get("taken") or answer.get("refused") or ("retry" if "retried" in answer else "")
            with self._lock:
                waiting = self._asked.pop(name, None)
            if waiting is not None:
                waiting.set_result(answer)
        self._process.wait()  # only then whoever is told may look for what it left
        with self._lock:
            self._is_over = True
            left, self._asked = self._asked, {}
        for waiting in left.values():
            waiting.set_result(None)


class _Desk:
    """What the app does."""

    def __init__(self) -> None:
        self._jobs = Jobs()
        self._saying = threading.Lock()

    def serve(self) -> None:
        """Until it is told to end, or nobody is there any more."""
        self._jobs.start()
        with ThreadPoolExecutor(THREADS) as threads:
            for line in sys.stdin:
                message = json.loads(line)
                if "end" in message:
                    break
                threads.submit(self._retry if "retry" in message else self._submit, message)
            self._jobs.close()

    def _submit(self, message: dict[str, Any]) -> None:
        name = message["name"]
        try:
            self._jobs.submit(
                Path(message["target"]).read_bytes(),
                Path(message["source"]).read_bytes(),
                Settings.from_json(message["settings"]),
                names=(name, ""),
                priority=Priority(message["priority"]),
            )
        except (FusionError, OSError) as error:
            self._say({"refused": name, "why": str(error)})
        else:
            self._say({"taken": name})

    def _retry(self, message: dict[str, Any]) -> None:
        for id in message["retry"]:
            self._jobs.retry(id)
        self._say({"retried": len(message["retry"])})

    def _say(self, answer: dict[str, Any]) -> None:
        with self._saying:
            print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    give_back_freed_memory()  # as the server does
    _Desk().serve()
