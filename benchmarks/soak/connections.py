"""Whether many quick connections leave the server as it was. For `benchmarks.soak`."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

import psutil
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException
from websockets.typing import Origin, Subprotocol

from fusion.units import MIB

ROOT = Path(__file__).resolve().parents[2]
AT_ONCE = 20
START_S, SETTLE_S, OPEN_S = 60.0, 120.0, 30.0
SLACK = 8  # descriptors that the server may have more than before: a database, a thread's own
LINES = 50  # of its log, at most


def connections(count: int, descriptors: int, at_once: int = AT_ONCE) -> tuple[dict[str, Any], bool]:
    """The whole part: its facts, and whether it passed.

    Args:
        descriptors: that the server may have open.
        at_once: connections that are open together.
    """
    with tempfile.TemporaryDirectory(prefix="fusewise-soak-") as folder:
        log = Path(folder) / "log"
        with log.open("wb") as file:
            process, port = _started(Path(folder), descriptors, file)
        try:
            facts, good = _measured(process, port, count, at_once, log)
        finally:
            process.terminate()
            process.wait(30)
    return {"part": "connections", "connections": count, "descriptors": descriptors, **facts}, good


def _measured(
    process: subprocess.Popen[bytes], port: int, count: int, at_once: int, log: Path
) -> tuple[dict[str, Any], bool]:
    server = psutil.Process(process.pid)
    _await_up(port, process, log)
    asyncio.run(_many(port, 4, at_once))  # what the first sessions load stays
    time.sleep(12)
    before, lines, rss = server.num_fds(), _lines(log), server.memory_info().rss
    begun = time.monotonic()
    errors, most = asyncio.run(_watched(server, port, count, at_once))
    seconds = time.monotonic() - begun
    until = time.monotonic() + SETTLE_S
    while server.num_fds() > before + SLACK and time.monotonic() < until:
        time.sleep(1)
    after, logged = server.num_fds(), _lines(log) - lines
    settled_s = time.monotonic() - begun - seconds
    print(f"{count} connections in {seconds:.0f} s: {errors} errors, {logged} lines logged")
    print(f"descriptors {before}, at most {most}, {after} after {settled_s:.0f} s more")
    good = errors == 0 and logged <= LINES and after <= before + SLACK and process.poll() is None
    return {
        "seconds": round(seconds, 1),
        "errors": errors,
        "logged_lines": logged,
        "open": {"before": before, "most": most, "after": after},
        "settled_s": round(settled_s, 1),
        "resident_mib": [round(rss / MIB, 1), round(server.memory_info().rss / MIB, 1)],
    }, good


def _started(folder: Path, descriptors: int, log: Any) -> tuple[subprocess.Popen[bytes], int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "streamlit_app.py", "--server.port", str(port)]
    process = subprocess.Popen(
        ["sh", "-c", f'ulimit -n {descriptors} && exec "$@"', "sh", *command],
        cwd=ROOT,
        env={**os.environ, "FUSEWISE_DATA": str(folder / "data")},
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
    )
    return process, port


def _await_up(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + START_S
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=2):
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"the app did not start:\n{log.read_text(errors='replace')}")


async def _watched(server: psutil.Process, port: int, count: int, at_once: int) -> tuple[int, int]:
    most = server.num_fds()
    work = asyncio.create_task(_many(port, count, at_once))
    while not work.done():
        most = max(most, server.num_fds())
        await asyncio.sleep(0.25)
    return await work, most


async def _many(port: int, count: int, at_once: int) -> int:
    """Opened and closed at once, some at a time; how many failed."""
    room, errors = asyncio.Semaphore(at_once), 0

    async def one() -> None:
        nonlocal errors
        async with room:
            try:
                async with (
                    asyncio.timeout(OPEN_S),
                    connect(
                        f"ws://127.0.0.1:{port}/_stcore/stream",
                        origin=Origin(f"http://127.0.0.1:{port}"),
                        subprotocols=[Subprotocol("streamlit")],
                        max_size=None,
                    ),
                ):
                    pass
            except (OSError, WebSocketException, TimeoutError) as error:
                errors += 1
                if errors <= 3:
                    print(f"refused: {error!r}")

    await asyncio.gather(*(one() for _ in range(count)))
    return errors


def _lines(log: Path) -> int:
    return log.read_bytes().count(b"\n")
