"""What all sessions share: one of each per server, made when first asked for and ended with the server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import streamlit as st

from advisor.calibrate import Calibration
from advisor.check import Checker
from advisor.device import Reader
from advisor.machine import torch_has_cuda
from advisor.monitor import Monitor
from advisor.place import cards_for_workers
from fusion import config
from fusion.faces import FaceFinder
from fusion.jobs import Jobs
from fusion.threads import Later
from fusion.weights_tasks import WeightsTasks
from pages.parts.live import Scene, own_processes
from pages.parts.memory import give_back_freed_memory, settle
from pages.parts.rounds import Rounds
from pages.parts.watch import Watch

# The finder takes a second of this process to load, which the first page needs more. It comes before most people have a
# photo ready, and at once for who has.
FINDER_AFTER_SECONDS = 5.0
LOOK_SECONDS = 1.0  # between two looks at the machine, for everybody


@st.cache_resource(show_spinner=False, on_release=lambda kept: kept.close())
def jobs() -> Jobs:
    """The queue, whose workers begin to warm up with the first call: one a card, or one."""
    queue = Jobs(cards=cards_for_workers(reader().read()) if torch_has_cuda() else ())
    queue.start()
    return queue


@st.cache_resource(show_spinner=False, on_release=lambda kept: kept.close())
def finder() -> FaceFinder:
    """The face finder: it keeps nothing of a photo."""
    found = FaceFinder()
    settle()
    return found


@st.cache_resource(show_spinner=False, on_release=lambda kept: kept.close())
def weights_tasks() -> WeightsTasks:
    """What downloads and verifies weights."""
    return WeightsTasks(config.load().data / "weights.log")


@st.cache_resource(show_spinner=False, on_release=lambda kept: kept.close())
def calibration() -> Calibration:
    """What measures this machine."""
    return Calibration()


@st.cache_resource(show_spinner=False, on_release=lambda kept: kept.close())
def reader() -> Reader:
    """The one that reads the machine."""
    return Reader(config.load().data)


@st.cache_resource(show_spinner=False, on_release=lambda kept: kept.close())
def monitor() -> Monitor:
    """What looks at the machine once a second, and remembers."""
    looking = Monitor(reader(), own_processes(jobs()), LOOK_SECONDS)
    looking.start()
    return looking


@st.cache_resource(show_spinner=False, on_release=lambda kept: kept.close())
def checker() -> Checker:
    """What checks each result soon after its job's end, of everybody's."""
    checking = Checker(jobs(), finder, FINDER_AFTER_SECONDS)
    checking.start()
    return checking


@st.cache_resource(show_spinner=False)
def watch() -> Watch:
    """What the machine can do."""
    return Watch(jobs(), monitor().snapshot, lambda: calibration().view().is_running)


@st.cache_resource(show_spinner=False)
def scene() -> Scene:
    """All that the page of the machine shows."""
    settle()  # plotly has come with the page
    return Scene(jobs(), monitor(), watch())


@st.cache_resource(show_spinner=False)
def rounds() -> Rounds:
    """What looks for what is wrong with the machine."""
    return Rounds(jobs())


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[None]:
    """Starts workers, monitor and checks with the server, before anybody opens a page; ends them with the server."""
    give_back_freed_memory()
    queue, looking, tasks, measuring, checking = jobs(), monitor(), weights_tasks(), calibration(), checker()
    later = Later(FINDER_AFTER_SECONDS, finder, "face finder")
    settle()
    yield
    later.cancel()
    checking.close()
    looking.close()
    measuring.close()
    tasks.close()
    queue.close()
