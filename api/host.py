"""What the API asks of whoever serves it: the queue, the machine, and who somebody is. No Streamlit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from starlette.requests import HTTPConnection

from advisor.device import Snapshot
from api.machine_state import Machine
from fusion.faces import FaceFinder
from fusion.jobs import Jobs


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks.

    Attributes:
        owner: whose a job is that they start; None where nobody can tell.
        sees: whose jobs they see; None for everybody's.
        is_served: whether the server is open to others than the one person at this machine.
        is_administrator: whether the machine is theirs to look into.
    """

    owner: str | None
    sees: str | None
    is_served: bool
    is_administrator: bool


@dataclass(frozen=True, slots=True)
class Host:
    """The server around the API. Each function may be called from any thread, and gives the same thing each time.

    Attributes:
        jobs: the queue.
        finder: the face finder.
        look: what a forecast is made with, now.
        snapshot: the machine, now.
        asker: who sends a request.
        is_measuring: whether this machine is being measured or tested, so that nothing is to be fused.
        base: what every address begins with; empty, or "/" and a name.
        origins: of other sites whose pages may ask; none for none.
    """

    jobs: Callable[[], Jobs]
    finder: Callable[[], FaceFinder]
    look: Callable[[], Machine]
    snapshot: Callable[[], Snapshot]
    asker: Callable[[HTTPConnection], Asker]
    is_measuring: Callable[[], bool]
    base: str = ""
    origins: tuple[str, ...] = ()
