"""Command lines in processes of their own, and the tables that they write."""

from __future__ import annotations

import csv
import io
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from tests.support import ROOT

Done = subprocess.CompletedProcess[str]


def fusion(*arguments: object) -> Done:
    """`python -m fusion` with these arguments and nothing to read."""
    return run(["fusion", *arguments])


def run(words: Sequence[object], environment: Mapping[str, str] | None = None, timeout: float | None = None) -> Done:
    """`python -m` these words, with these variables on top of ours."""
    return subprocess.run(
        [sys.executable, "-m", *map(str, words)],
        cwd=ROOT,
        env={**os.environ, **(environment or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=timeout,
    )


def at_once(
    commands: Mapping[str, Sequence[object]], environment: Mapping[str, str] | None = None, timeout: float | None = None
) -> dict[str, Done]:
    """Several of them at the same time, which is for commands that mostly wait."""
    with ThreadPoolExecutor(len(commands)) as pool:
        running = {name: pool.submit(run, words, environment, timeout) for name, words in commands.items()}
        return {name: each.result() for name, each in running.items()}


def rows(table: bytes) -> list[dict[str, str]]:
    """Of a CSV file, by the names of its columns."""
    return list(csv.DictReader(io.StringIO(table.decode("utf-8-sig"))))
