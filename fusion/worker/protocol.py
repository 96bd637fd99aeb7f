"""The words between the web process and the worker: one JSON object a line, a frozen type on either side.

Standard library only, because both sides import it. Requests go to the worker's standard input, events come from
its standard output. `id` is a job's, but in `Preview`, `Previewed` and their failures, where it is the request's own.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from fusion import errors
from fusion.declared import Consent
from fusion.errors import FusionError
from fusion.facts import Facts
from fusion.memory import Step
from fusion.settings import Settings
from fusion.sizing import Measurement
from fusion.types import Precision, Progress, Stage, State
from fusion.worker.able import Able

Json = Mapping[str, Any]

READY_FIRST = "--ready-first"  # asks a worker to be ready before it is warm: its place in the line is waiting
STOPPED_EXIT = 75  # exit code of a worker that has said `Stopped`: EX_TEMPFAIL, another process may succeed


@dataclass(frozen=True, slots=True)
class Fuse:
    """Run a job: read its photos, write `output` and `before` (of the resized target what `output` lacks) as PNG.

    `others` are further photos of the source's person. `settings` are as asked; `steps` are the rungs of the ladder
    that it has taken already. `fallen`: the system has ended the worker over it because memory ran out, so it begins
    one rung further. `consent` is written into the recipe. `is_served`: the job came to an instance that serves others,
    which examines photos. `is_try`: nobody asks for a preview of it. `found`: what is known of the photos' faces, as
    `fusion.faces.known` tells it.
    """

    id: str
    target: Path
    source: Path
    settings: Settings
    output: Path
    before: Path
    steps: tuple[Step, ...] = ()
    fallen: bool = False
    others: tuple[Path, ...] = ()
    consent: Consent | None = None
    is_served: bool = False
    is_try: bool = False
    found: Json = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Preview:
    """Finish the kept result of `job` with other settings, at most `max_side` px."""

    id: str
    job: str
    settings: Settings
    max_side: int


@dataclass(frozen=True, slots=True)
class Cancel:
    """Stop a job at its next stage."""

    id: str


@dataclass(frozen=True, slots=True)
class Forget:
    """Drop what is kept of a job."""

    id: str


@dataclass(frozen=True, slots=True)
class Unload:
    """Give back the networks and everything that is kept or remembered, once no job runs. Answered by a `Beat`."""


Request = Fuse | Preview | Cancel | Forget | Unload


@dataclass(frozen=True, slots=True)
class Ready:
    """The worker is warm. `able`: what it can do; None where it does not say.

    Said again once it computes on something else: torch had no code for its card after all.
    """

    device: str
    versions: Mapping[str, str]
    able: Able | None = None


@dataclass(frozen=True, slots=True)
class Moved:
    """A job has come further."""

    id: str
    progress: Progress


@dataclass(frozen=True, slots=True)
class Drafted:
    """A small JPEG of what a job makes, before it is done: of stage one, or of all where files take a while."""

    id: str
    jpeg: bytes


@dataclass(frozen=True, slots=True)
class Done:
    """A job's files are written. `recipe` as in `fusion.provenance`; what it cost; every rung it took."""

    id: str
    facts: Facts
    recipe: Json
    measurement: Measurement
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Stepped:
    """Memory ran out, and the job goes on one rung lower."""

    id: str
    step: Step


@dataclass(frozen=True, slots=True)
class Stopped:
    """This process cannot go on with a job and ends itself now: another one shall run it, with these `steps`.

    `error` is "out_of_memory", and the steps are up to two rungs further; or "device_failed", and they are unchanged.
    """

    id: str
    error: FusionError
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Beat:
    """Said once a second, and after each job and each `Unload`.

    Attributes:
        resident_bytes: of the process on the host.
        allocated_bytes: that tensors use on the card; None without one.
        reserved_bytes: that torch keeps on the card; None without one.
        precision: that the unet engine's networks are loaded in; None if they are not.
        free_bytes: that it may still use where it computes; None where that is not known.
    """

    resident_bytes: int
    allocated_bytes: int | None = None
    reserved_bytes: int | None = None
    precision: Precision | None = None
    free_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Failed:
    """A job, a preview, or (with an empty id) the worker's start has failed."""

    id: str
    error: FusionError


@dataclass(frozen=True, slots=True)
class Previewed:
    """The picture that was asked for, as JPEG."""

    id: str
    jpeg: bytes


Event = Ready | Moved | Drafted | Done | Failed | Previewed | Stepped | Stopped | Beat


def encode(message: Request | Event) -> bytes:
    """One line, with its newline."""
    body = {name: _plain(getattr(message, name)) for name in message.__slots__}
    return json.dumps({"kind": type(message).__name__, **body}, separators=(",", ":")).encode() + b"\n"


def request(line: bytes) -> Request:
    """The request that a line holds.

    Raises:
        KeyError, ValueError: the line is not one of ours.
    """
    data = json.loads(line)
    return _REQUESTS[data["kind"]](data)


def event(line: bytes) -> Event:
    """The event that a line holds.

    Raises:
        KeyError, ValueError: the line is not one of ours.
    """
    data = json.loads(line)
    return _EVENTS[data["kind"]](data)


def _plain(value: object) -> object:
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, Settings | FusionError | Facts | Measurement | Step | Consent):
        return value.to_json()
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    if isinstance(value, Progress):
        return [value.state, value.stage, value.fraction, value.seconds_left]
    if isinstance(value, Able):
        return asdict(value)
    return dict(value) if isinstance(value, Mapping) else value


def _fuse(data: Json) -> Fuse:
    target, source, output, before = (Path(data[name]) for name in ("target", "source", "output", "before"))
    settings = Settings.from_json(data["settings"])
    others = tuple(map(Path, data["others"]))
    consent = data["consent"] and Consent.from_json(data["consent"])
    more = data["fallen"], others, consent, data["is_served"], data["is_try"], data["found"]
    return Fuse(data["id"], target, source, settings, output, before, _steps(data), *more)


def _steps(data: Json) -> tuple[Step, ...]:
    return tuple(Step.from_json(step) for step in data["steps"])


def _preview(data: Json) -> Preview:
    return Preview(data["id"], data["job"], Settings.from_json(data["settings"]), data["max_side"])


def _moved(data: Json) -> Moved:
    state, stage, fraction, seconds_left = data["progress"]
    return Moved(data["id"], Progress(State(state), stage and Stage(stage), fraction, seconds_left))


def _done(data: Json) -> Done:
    facts, measurement = Facts.from_json(data["facts"]), Measurement.from_json(data["measurement"])
    return Done(data["id"], facts, data["recipe"], measurement, _steps(data))


_REQUESTS: Mapping[str, Callable[[Json], Request]] = MappingProxyType(
    {
        "Fuse": _fuse,
        "Preview": _preview,
        "Cancel": lambda data: Cancel(data["id"]),
        "Forget": lambda data: Forget(data["id"]),
        "Unload": lambda data: Unload(),
    }
)

_EVENTS: Mapping[str, Callable[[Json], Event]] = MappingProxyType(
    {
        "Ready": lambda data: Ready(data["device"], data["versions"], data["able"] and Able.from_json(data["able"])),
        "Moved": _moved,
        "Done": _done,
        "Stepped": lambda data: Stepped(data["id"], Step.from_json(data["step"])),
        "Stopped": lambda data: Stopped(data["id"], errors.from_json(data["error"]), _steps(data)),
        "Beat": lambda data: Beat(
            data["resident_bytes"],
            data["allocated_bytes"],
            data["reserved_bytes"],
            data["precision"] and Precision(data["precision"]),
            data["free_bytes"],
        ),
        "Failed": lambda data: Failed(data["id"], errors.from_json(data["error"])),
        "Drafted": lambda data: Drafted(data["id"], base64.b64decode(data["jpeg"])),
        "Previewed": lambda data: Previewed(data["id"], base64.b64decode(data["jpeg"])),
    }
)
