"""What all sessions share: one of each per server, made when first asked for and ended with the server."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol, cast

import streamlit as st
from streamlit.runtime import Runtime
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager

from advisor.device import Monitor, Reader, capabilities, compute_target
from advisor.diagnosis import Checker
from advisor.forecast import Calibration
from advisor.selftest import SelfTest
from api.machine_state import Watch
from fusion import cluster, config
from fusion.cli import streams
from fusion.desks import Shelf
from fusion.errors import FusionError
from fusion.faces import FaceFinder
from fusion.jobs import Jobs
from fusion.threads import Later
from fusion.weights import WeightsTasks
from pages.parts.server import (
    Guard,
    Upkeep,
    file_descriptors,
    idle_sessions,
    log_limiter,
    pending_uploads,
    process_memory,
)
from pages.parts.services import gone_widgets, made_downloads, unsent_messages, whole_callbacks
from pages.parts.services.health_poll import Rounds
from pages.parts.services.machine_view import Scene, own_processes

# The finder takes a second of this process to load, which the first page needs more. It comes before most people have a
# photo ready, and at once for who has.
FINDER_AFTER_SECONDS = 5.0
LOOK_SECONDS = 1.0  # between two looks at the machine, for everybody
# Sessions without a connection: Streamlit's own time for them, less a little, since it forgets them without an end.
KEPT_LESS_S, KEPT_MOST = 10.0, 32


@st.cache_resource(show_spinner=False, on_release=lambda kept: kept.close())
def jobs() -> Jobs:
    """The queue, whose workers begin to warm up with the first call: one a card, or one."""
    cards = compute_target.cards_for_workers(reader().read()) if capabilities.torch_has_cuda() else ()
    queue = Jobs(cards=cards, cluster=cluster.configured())
    queue.start()
    return queue


@st.cache_resource(show_spinner=False, on_release=lambda kept: kept.close())
def finder() -> FaceFinder:
    """The face finder: it keeps nothing of a photo."""
    found = FaceFinder()
    process_memory.settle()
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
def selftest() -> SelfTest:
    """What tests this machine."""
    return SelfTest()


def is_measuring() -> bool:
    """Whether this machine is being measured or tested: fusing waits, or it would count."""
    return calibration().view().is_running or selftest().view().is_running


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


def has_card() -> bool:
    """Whether the last look at the machine found a graphics card; not before the first."""
    try:
        seen = monitor().last
    except FusionError:  # of the database, which the page is about to say
        return False
    return seen is not None and bool(seen.gpus)


@st.cache_resource(show_spinner=False, on_release=lambda kept: kept.close())
def checker() -> Checker:
    """What checks each result soon after its job's end, of everybody's."""
    checking = Checker(jobs(), finder, FINDER_AFTER_SECONDS)
    checking.start()
    return checking


@st.cache_resource(show_spinner=False, on_release=lambda kept: kept.close())
def shelf() -> Shelf:
    """Everybody's desks, as they are now."""
    return Shelf(jobs(), _has_somebody)


def _has_somebody(session: str) -> bool:
    """Whether a browser is at a session: its id, and behind a colon what tells one from the next of the same id."""
    return not Runtime.exists() or bool(Runtime.instance().is_active_session(session.partition(":")[0]))


@st.cache_resource(show_spinner=False)
def watch() -> Watch:
    """What the machine can do."""
    return Watch(jobs(), monitor().snapshot, is_measuring)


@st.cache_resource(show_spinner=False)
def scene() -> Scene:
    """All that the page of the machine shows."""
    process_memory.settle()  # plotly has come with the page
    return Scene(jobs(), monitor(), watch())


@st.cache_resource(show_spinner=False)
def rounds() -> Rounds:
    """What looks for what is wrong with the machine."""
    return Rounds(jobs())


class _Closable(Protocol):
    def close(self) -> None: ...


_served: list[_Closable] = []  # what is to be ended with the server, the last first
_owed = threading.Event()  # it could not begin with the server


@st.cache_resource(show_spinner=False)
def _serve() -> None:
    """Starts what serves every page: queue, tasks, monitor, checks and desks."""
    for kept in (jobs(), weights_tasks(), calibration(), selftest(), monitor(), checker(), shelf()):
        _served.insert(0, kept)
    _owed.clear()


def serve_late() -> None:
    """Starts what could not start with the server, if anything.

    Raises:
        FusionError: it still cannot.
    """
    if _owed.is_set():
        _serve()


@st.cache_resource(show_spinner=False)
def upkeep() -> Upkeep:
    """What tidies up beside the pages."""
    return Upkeep()


@st.cache_resource(show_spinner=False)
def guard() -> Guard:
    """What visitors have of the server; of a process that is one."""
    server = Runtime.instance()
    # Half of the room is for sessions that have lost their connection.
    most = file_descriptors.room(file_descriptors.raise_limit())
    kept_s = st.get_option("server.disconnectedSessionTTL") - KEPT_LESS_S
    sessions = idle_sessions.Sessions(server, kept_s, min(KEPT_MOST, most // 2))
    pending = pending_uploads.Pending(cast(MemoryUploadedFileManager, server.uploaded_file_mgr))
    return Guard(sessions, pending, upkeep(), most - min(KEPT_MOST, most // 2))


@st.cache_resource(show_spinner=False)
def downloads() -> made_downloads.Downloads:
    """Files on their way to a browser; of a process that is a server."""
    return made_downloads.Downloads(Runtime.instance().media_file_mgr)


def _sweep() -> int:
    downloads().sweep()
    shelf().sweep()
    return guard().sweep()


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[None]:
    """Starts workers, monitor and checks with the server, before anybody opens a page; ends them with the server.

    Where the data folder cannot be used, the server starts all the same: its pages say so, and go on once it can.
    """
    process_memory.give_back_freed_memory()
    log_limiter.settle()
    unsent_messages.keep()
    whole_callbacks.keep()
    gone_widgets.keep()
    file_descriptors.raise_limit()  # before the workers, which inherit it
    try:
        _serve()
    except FusionError as error:
        _owed.set()
        streams.complain(f"{error.message} {error.remedy}")
    later = Later(FINDER_AFTER_SECONDS, finder, "face finder")
    tidying = asyncio.create_task(upkeep().run(_sweep)) if Runtime.exists() else None
    process_memory.settle()
    yield
    if tidying is not None:
        tidying.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await tidying
    later.cancel()
    for kept in _served:
        kept.close()
    _served.clear()
    _owed.clear()
