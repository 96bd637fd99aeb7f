"""Waiting for a job, without keeping a thread: who waits asks the queue again and again, seldom where it rests."""

from __future__ import annotations

import re
import time

import anyio
from starlette.concurrency import run_in_threadpool

from api.calls import Call
from fusion.jobs import JobView
from fusion.types import ENDED

MOST_S = 60.0  # that an answer is held back
WORKS_S, RESTS_S = 0.004, 0.1  # between two looks: at one that a worker is at, which costs no look at a file; at others
_WAIT = re.compile(r"(?:^|[,;\s])wait(?:\s*=\s*\"?(\d{1,9})\"?)?(?:$|[,;\s])")


def wished_s(prefer: str | None) -> float | None:
    """For how long `Prefer: wait=N` has an answer held back; None where it is not asked for.

    A number that is left out, or is more than `MOST_S`, is that.
    """
    found = _WAIT.search(prefer or "")
    return None if found is None else min(float(found[1] or MOST_S), MOST_S)


async def until_end(call: Call, id: str, seconds: float) -> JobView:
    """The job once it has ended, or when the time is over.

    Raises:
        FusionError: "job_unknown": it was deleted meanwhile.
    """
    end = time.monotonic() + seconds
    while True:
        is_at_work = call.jobs.is_at_work(id)
        if not is_at_work or time.monotonic() >= end:
            view = await run_in_threadpool(call.jobs.view, id)
            if view.progress.state in ENDED or time.monotonic() >= end:
                return view
        await anyio.sleep(min(WORKS_S if is_at_work else RESTS_S, max(0.0, end - time.monotonic())))
