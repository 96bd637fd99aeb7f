"""One run for benchmarks/monitor, in a process of its own: what looking and drawing cost. Prints one JSON object.

    python -m benchmarks.monitor.run SECONDS REDRAWS

The driver is whatever libnvidia-ml.so.1 is found. FUSEWISE_DATA is a folder that may be written to.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import time
from pathlib import Path

from advisor.device import Monitor, Reader
from advisor.device.monitor import Own
from fusion import config
from fusion.jobs import Jobs
from pages.parts.services.machine_view import own_processes

ROOT = Path(__file__).resolve().parents[2]
WARM_S = 3.0


def sampling(seconds: float) -> dict[str, float | int]:
    """Processor time of the monitor at 1 Hz, with the queue's database asked each time as the server does."""
    queue = Jobs()
    asked = own_processes(queue)
    monitor = Monitor(Reader(config.load().data), lambda: (*asked(), Own(os.getpid())))
    monitor.start()
    time.sleep(WARM_S)
    before, begun, seen = time.process_time(), time.monotonic(), len(monitor.samples())
    time.sleep(seconds)
    used, passed = time.process_time() - before, time.monotonic() - begun
    samples = len(monitor.samples()) - seen
    cards = len(monitor.samples()[-1].cards)
    monitor.close()
    queue.close()
    return {"cards": cards, "samples": samples, "seconds": passed, "core_share": used / passed}


def drawing(redraws: int) -> dict[str, float]:
    """Processor time of one redraw of the page, in process and without a browser; the whole script each time."""
    from streamlit.testing.v1 import AppTest  # noqa: TID251 - the page is driven, not drawn

    from pages.parts.services import services

    at = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=60).run().switch_page("pages/machine/gpu.py")
    costs: list[float] = []
    while len(costs) < redraws + 2:
        taken = len(services.monitor().samples())
        while len(services.monitor().samples()) == taken:
            time.sleep(0.02)
        before = time.process_time()
        at.run()
        costs.append(time.process_time() - before)
    assert not at.exception
    services.monitor().close()
    services.jobs().close()
    return {"redraw_s": statistics.median(costs[2:])}


def main() -> None:
    """As this file's text says."""
    seconds, redraws = float(sys.argv[1]), int(sys.argv[2])
    facts: dict[str, float | int] = dict(sampling(seconds))
    print(json.dumps(facts | (drawing(redraws) if redraws else {})))


main()
