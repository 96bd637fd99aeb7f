"""What surrounds the jobs: cards, memory, limits, disks, workers, apps, queue, and what went wrong of late.

Gathered here, judged by `advisor.health.checkup`. The web app knows its own workers and hands them in; a command line
knows what the database and the processes say.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from advisor.device import Reader, Snapshot, capabilities, host, host_limits, monitor, orphans, processes
from advisor.health.job_history import Past, read_past
from fusion import refusal
from fusion.config import Config
from fusion.errors import FusionError
from fusion.memory import budget
from fusion.signing import Signer
from fusion.storage import App


class Worker(Protocol):
    """A worker process as the app that started it sees it: `fusion.worker.supervisor.WorkerView`."""

    @property
    def state(self) -> str: ...
    @property
    def device(self) -> str | None: ...
    @property
    def pid(self) -> int | None: ...
    @property
    def error(self) -> FusionError | None: ...
    @property
    def card(self) -> str | None: ...
    @property
    def node(self) -> str | None: ...
    @property
    def resident_bytes(self) -> int | None: ...
    @property
    def reserved_bytes(self) -> int | None: ...


@dataclass(frozen=True, slots=True)
class Crew:
    """A worker of this app.

    Attributes:
        pid: of its process; None too where that is another machine's.
        state: "starting", "ready", "busy" or "dead".
        device: "cpu" or a card's name; None before it has started.
        reason: of the error for which it is dead; "" where it is not.
        resident_bytes: of the host's memory; `reserved_bytes` on a card. None where it has not said.
    """

    pid: int | None
    state: str
    device: str | None
    card: str | None
    reason: str
    resident_bytes: int | None
    reserved_bytes: int | None


@dataclass(frozen=True, slots=True)
class Disk:
    """Where jobs and results are kept."""

    free_bytes: int
    total_bytes: int


@dataclass(frozen=True, slots=True)
class Environment:
    """All of it at one moment.

    Attributes:
        taken_s: seconds since 1970.
        torch_cuda: the CUDA that the installed PyTorch is built for; None for a processor's build.
        disks: of the data folder and of the results, the fullest first; () where the system does not say.
        crew: this app's workers; None where this process has none, as a command line.
        apps: Fusewises that run; the first is this one, or the oldest where this one is none.
        holders: others that hold the host's memory, the largest first.
        own: worker processes of living apps of this data folder.
        past: what the database says.
        kernel_kills: processes of this control group that the system ended because memory ran out, ever; None where it
            does not count.
        is_disk_silent: whether the disk of the data folder does not answer, so that nothing on it is known.
        are_processes_silent: whether the system does not list them, so that there are neither `apps` nor `holders`.
        check: of photos, before they are fused.
        unsigned: why results cannot be signed though they are to be; "" where they can, or need not.
    """

    taken_s: float
    snapshot: Snapshot
    torch_cuda: str | None
    limits: host_limits.Limits
    disks: tuple[Disk, ...]
    crew: tuple[Crew, ...] | None
    apps: tuple[processes.Running, ...]
    holders: tuple[processes.Holder, ...]
    own: tuple[monitor.Own, ...]
    past: Past
    kernel_kills: int | None
    is_disk_silent: bool = False
    are_processes_silent: bool = False
    check: refusal.Standing = refusal.Standing.OFF
    unsigned: str = ""

    @property
    def leftovers(self) -> tuple[orphans.Leftover, ...]:
        """Workers of ours whose app is dead."""
        return self.past.leftovers

    @property
    def computes_on_host(self) -> bool:
        """Whether the workers compute on the processor, or did the last job where nobody here has workers."""
        devices = {self.past.device} if self.crew is None else {each.device for each in self.crew}
        return devices - {None} == {"cpu"}

    def to_json(self) -> dict[str, Any]:
        """Plain JSON types, without a path."""
        machine = self.snapshot.to_json()
        del machine["host"]["folder"]
        past = asdict(replace(self.past, rows=(), mishaps=(), apps=frozenset()))
        past["mishaps"] = [asdict(each) | {"troubles": sorted(each.troubles)} for each in self.past.mishaps]
        return {
            "machine": machine,
            "torch_cuda": self.torch_cuda,
            "limits": asdict(self.limits),
            "disks": [asdict(each) for each in self.disks],
            "workers": None if self.crew is None else [asdict(each) for each in self.crew],
            "apps": [asdict(each) for each in self.apps],
            "holders": [asdict(each) for each in self.holders],
            "own": [asdict(each) for each in self.own],
            "queue": past["line"],
            "mishaps": past["mishaps"],
            "leftovers": past["leftovers"],
            "last_device": past["device"],
            "database_error": past["error"] or None,
            "kernel_kills": self.kernel_kills,
            "disk_silent": self.is_disk_silent,
            "processes_silent": self.are_processes_silent,
            "check": str(self.check),
            "unsigned": self.unsigned or None,
        }


def examine_environment(
    config: Config,
    *,
    snapshot: Snapshot | None = None,
    workers: Sequence[Worker] | None = None,
    is_served: bool | None = None,
) -> Environment:
    """Look at everything, once: some tenths of a second. Loads no torch, makes no file.

    Args:
        config: says where the data folder is.
        snapshot: of the monitor, where there is one; else the machine is read now.
        workers: of this app; None in a process that is no app, such as a command line.
        is_served: whether others are served; None where nobody knows but the settings.
    """
    if is_served is None:
        is_served = config.single_user == "false" or config.guest_token is not None
    past, is_silent = _past(config.data)
    crew = None if workers is None else tuple(_crew(each) for each in workers)
    own = _own(crew or (), past)
    hands = frozenset(each.pid for each in own)
    with contextlib.ExitStack() as stack:
        reader = None if snapshot is not None else stack.enter_context(Reader(config.data))
        if reader is not None:
            reader.begin(hands)
        around = processes.look_around({*hands, *(each.pid for each in past.leftovers)}, {app.pid for app in past.apps})
        if reader is not None:
            snapshot = reader.read(hands)
    assert snapshot is not None
    return Environment(
        taken_s=time.time(),
        snapshot=snapshot,
        torch_cuda=capabilities.torch_cuda(),
        limits=host_limits.read_limits(config.max_upload_bytes),
        disks=() if is_silent else read_disks((config.data, config.data / "jobs")),
        crew=crew,
        apps=_mine_first(around.apps, None if crew is None else App.this()),
        holders=around.holders,
        own=own,
        past=past,
        kernel_kills=budget.oom_kills(),
        is_disk_silent=is_silent,
        are_processes_silent=around.is_silent,
        check=refusal.standing(is_served=is_served),
        unsigned=_unsigned(config),
    )


def _past(data: Path) -> tuple[Past, bool]:
    """What the database says, and whether its disk does not answer."""
    if host.is_disk_silent(data):
        return Past(error="its disk does not answer"), True
    return read_past(data), False


def _unsigned(config: Config) -> str:
    try:
        Signer.check(config)
    except FusionError as error:
        return error.message
    return ""


def read_disks(folders: Sequence[Path]) -> tuple[Disk, ...]:
    """The disks on which folders are or would be, each once, the fullest first."""
    found: dict[int, Disk] = {}
    for folder in folders:
        try:
            number, free, total = host.disk_of(folder)
        except OSError:
            continue  # the system does not say
        found[number] = Disk(free, total)
    return tuple(sorted(found.values(), key=lambda disk: disk.free_bytes))


def _crew(worker: Worker) -> Crew:
    return Crew(
        pid=worker.pid if worker.node is None else None,
        state=str(worker.state),
        device=worker.device,
        card=worker.card,
        reason=worker.error.reason if worker.error else "",
        resident_bytes=worker.resident_bytes,
        reserved_bytes=worker.reserved_bytes,
    )


def _own(crew: Sequence[Crew], past: Past) -> tuple[monitor.Own, ...]:
    mine = {each.pid: monitor.Own(each.pid, each.card, each.reserved_bytes) for each in crew if each.pid is not None}
    others = {
        row.pid: monitor.Own(row.pid, row.device or None, is_mine=False) for row in past.rows if row.pid not in mine
    }
    return (*mine.values(), *others.values())


def _mine_first(apps: tuple[processes.Running, ...], me: App | None) -> tuple[processes.Running, ...]:
    """This app first; it is one also where nobody can tell so by its command line."""
    if me is None:
        return apps
    this = [app for app in apps if app.pid == me.pid] or [processes.Running(me.pid, me.born, "", 0, True)]
    return (*this, *(app for app in apps if app.pid != me.pid))
