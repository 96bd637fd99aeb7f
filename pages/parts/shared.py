"""What all sessions share: one of each per server, made when first asked for and ended with the server."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import streamlit as st

from advisor.calibrate import Calibration
from advisor.device import Reader
from fusion import config
from fusion.faces import FaceFinder
from fusion.jobs import Jobs
from fusion.weights_tasks import WeightsTasks
from pages.parts.memory import give_back_freed_memory
from pages.parts.watch import Watch

# The finder takes a second of this process to load, which the first page needs more. It comes before most people have a
# photo ready, and at once for who has.
FINDER_AFTER_SECONDS = 5.0


@st.cache_resource(show_spinner=False, on_release=lambda kept: kept.close())
def jobs() -> Jobs:
    """The queue, whose worker begins to warm up with the first call."""
    queue = Jobs()
    queue.start()
    return queue


@st.cache_resource(show_spinner=False, on_release=lambda kept: kept.close())
def finder() -> FaceFinder:
    """The face finder: it keeps nothing of a photo."""
    return FaceFinder()


@st.cache_resource(show_spinner=False, on_release=lambda kept: kept.close())
def weights_tasks() -> WeightsTasks:
    """What downloads and verifies weights."""
    return WeightsTasks(config.load().data / "weights.log")


@st.cache_resource(show_spinner=False, on_release=lambda kept: kept.close())
def calibration() -> Calibration:
    """What measures this machine."""
    return Calibration()


@st.cache_resource(show_spinner=False, on_release=lambda kept: kept.close())
def watch() -> Watch:
    """What looks at the machine."""
    return Watch(jobs(), Reader(config.load().data), lambda: calibration().view().is_running)


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[None]:
    """Starts the worker with the server, before anybody opens a page, and ends it with the server."""
    give_back_freed_memory()
    queue, tasks, measuring = jobs(), weights_tasks(), calibration()
    later = threading.Timer(FINDER_AFTER_SECONDS, finder)
    later.daemon = True
    later.start()
    yield
    later.cancel()
    measuring.close()
    tasks.close()
    queue.close()
