"""What slows this machine down, found in an `Environment`: each with its evidence, and what to do. Pure.

Serious is what makes jobs fail, wait for ever, or run several times as long. A machine on which all is well has no
finding at all. Memory is judged in `advisor.health.memory`, cards in `advisor.health.gpu`.
"""

from __future__ import annotations

from collections.abc import Iterator

from advisor.device import compute_target
from advisor.diagnosis import THRESHOLDS, Action, Cause, Finding, Level
from advisor.health.environment import Environment
from advisor.health.findings import slow
from advisor.health.gpu import card_findings
from advisor.health.job_history import WINDOW_S, Mishap, Trouble
from advisor.health.memory import memory_findings
from fusion.errors import Detail
from fusion.refusal import Standing
from fusion.units import GIB

# What `doctor` looks for, whether it finds it or not.
LOOKED_FOR = (
    Cause.WORKER_COLD,
    Cause.WORKER_DEAD,
    Cause.WORKER_DIED,
    Cause.MEMORY_HELD,
    Cause.MEMORY_TIGHT,
    Cause.OUT_OF_MEMORY,
    Cause.LEFTOVER_WORKER,
    Cause.SECOND_APP,
    Cause.ON_PROCESSOR,
    Cause.TORCH_WITHOUT_CUDA,
    Cause.TORCH_WITHOUT_CODE,
    Cause.DRIVER_OLD,
    Cause.DRIVER_BROKEN,
    Cause.QUEUE_LONG,
    Cause.CORES_TAKEN,
    Cause.DISK_FULL,
    Cause.DISK_SILENT,
    Cause.PROCESSES_SILENT,
    Cause.LIMITED,
    Cause.CARD_HELD_BACK,
    Cause.TIMED_OUT,
    Cause.DATABASE,
    Cause.CHECK_MISSING,
    Cause.UNSIGNED,
)
_FOUND = 0.5  # the confidence at a threshold
_HOURS = WINDOW_S / 3600


def doctor(environment: Environment) -> tuple[Finding, ...]:
    """What is found, the serious first, then by how sure it is. () where all is well."""
    found = [
        *_database(environment),
        *_check(environment),
        *_unsigned(environment),
        *_workers(environment),
        *card_findings(environment),
        *memory_findings(environment),
        *_apps(environment),
        *_disks(environment),
        *_limits(environment),
        *_queue(environment),
        *_cores(environment),
        *_mishaps(environment),
    ]
    return tuple(sorted(found, key=lambda each: (each.level != Level.SERIOUS, -each.confidence)))


def _database(environment: Environment) -> Iterator[Finding]:
    if environment.past.error and not environment.is_disk_silent:
        yield slow(Cause.DATABASE, Level.SERIOUS, Action.RETRY, {"why": environment.past.error})


def _check(environment: Environment) -> Iterator[Finding]:
    if environment.check == Standing.MISSING:
        yield slow(Cause.CHECK_MISSING, Level.SERIOUS, Action.INSTALL_CHECK, {})


def _unsigned(environment: Environment) -> Iterator[Finding]:
    if environment.unsigned:
        yield slow(Cause.UNSIGNED, Level.SERIOUS, Action.MEND_SIGNING, {"why": environment.unsigned})


def _workers(environment: Environment) -> Iterator[Finding]:
    line = environment.past.line
    waiting = line.waiting + line.batched
    if environment.crew is None:
        if waiting and not environment.past.apps:
            yield slow(Cause.WORKER_DEAD, Level.SERIOUS, Action.RETRY, {"waiting": waiting, "reason": "no_app"})
        return
    dead = [each for each in environment.crew if each.state == "dead"]
    if dead:
        level = Level.SERIOUS if len(dead) == len(environment.crew) else Level.MINOR
        evidence: dict[str, Detail] = {
            "waiting": waiting,
            "dead": len(dead),
            "workers": len(environment.crew),
            "reason": dead[0].reason,
        }
        yield slow(Cause.WORKER_DEAD, level, Action.RESTART_WORKER, evidence)
    starting = [each for each in environment.crew if each.state == "starting"]
    if starting:
        yield slow(Cause.WORKER_COLD, Level.MINOR, Action.WAIT, {"starting": len(starting), "waiting": waiting})


def _apps(environment: Environment) -> Iterator[Finding]:
    if environment.are_processes_silent:
        yield slow(Cause.PROCESSES_SILENT, Level.MINOR, Action.WAIT, {})
    for stray in environment.leftovers:
        evidence: dict[str, Detail] = {"pid": stray.pid, "name": stray.name or "?"}
        evidence["held_gib"] = stray.resident_bytes / GIB
        yield slow(Cause.LEFTOVER_WORKER, Level.MINOR, Action.END_LEFTOVER, evidence)
    for app in environment.apps[1:]:
        shares = "" if app.shares_data is None else str(app.shares_data).lower()
        evidence = {"pid": app.pid, "name": app.name, "held_gib": app.resident_bytes / GIB, "shares_data": shares}
        yield slow(Cause.SECOND_APP, Level.MINOR, Action.CLOSE_PROGRAM, evidence)


def _disks(environment: Environment) -> Iterator[Finding]:
    if environment.is_disk_silent:
        yield slow(Cause.DISK_SILENT, Level.SERIOUS, Action.RETRY, {})
    for disk in environment.disks[:1]:
        free, room = disk.free_bytes / GIB, THRESHOLDS["disk"]
        if room.is_past(free):
            level = Level.SERIOUS if THRESHOLDS["disk_serious"].is_past(free) else Level.MINOR
            evidence = {"free_gib": free, "total_gib": disk.total_bytes / GIB}
            yield slow(Cause.DISK_FULL, level, Action.FREE_DISK, evidence, room.confidence(free))


def _limits(environment: Environment) -> Iterator[Finding]:
    """Nothing limits a machine that is small by itself."""
    limits, left, few = environment.limits, THRESHOLDS["left"], THRESHOLDS["cores"]
    memory = limits.memory_bytes / GIB
    sure = max(
        few.confidence(limits.cores) if limits.cores < limits.machine_cores else 0.0,
        left.confidence(memory) if limits.memory_bytes < limits.machine_bytes else 0.0,
    )
    if sure < _FOUND:
        return
    is_scant = limits.memory_bytes < limits.machine_bytes and THRESHOLDS["left_scant"].is_past(memory)
    evidence = {
        "cores": limits.cores,
        "machine_cores": limits.machine_cores,
        "memory_gib": memory,
        "machine_gib": limits.machine_bytes / GIB,
    }
    yield slow(Cause.LIMITED, Level.SERIOUS if is_scant else Level.MINOR, Action.RAISE_LIMIT, evidence, sure)


def _queue(environment: Environment) -> Iterator[Finding]:
    line = environment.past.line
    needed_s = line.needed_s or 0.0
    sure = max(THRESHOLDS["line"].confidence(line.waiting), THRESHOLDS["line_s"].confidence(needed_s))
    if sure >= _FOUND:
        evidence: dict[str, Detail] = {"waiting": line.waiting, "running": line.running, "batched": line.batched}
        if line.needed_s is not None:
            evidence["needed_s"] = line.needed_s
        yield slow(Cause.QUEUE_LONG, Level.MINOR, Action.WAIT, evidence, sure)


def _cores(environment: Environment) -> Iterator[Finding]:
    """Where a card computes, it hardly waits for the processor."""
    host = environment.snapshot.host
    times = compute_target.slowdown(host)
    sure = THRESHOLDS["slowdown"].confidence(times)
    if times > 1 and sure >= _FOUND and environment.computes_on_host:
        evidence = {"others_cores": host.others_cores or 0.0, "ready_cores": host.ready_cores, "times": times}
        yield slow(Cause.CORES_TAKEN, Level.MINOR, Action.CLOSE_PROGRAM, evidence, sure)


def _mishaps(environment: Environment) -> Iterator[Finding]:
    short = {Trouble.STEPPED_DOWN, Trouble.TO_PROCESSOR, Trouble.OUT_OF_MEMORY}
    yield from _out_of_memory(environment, _with(environment, short))
    for cause, trouble, action in (
        (Cause.WORKER_DIED, {Trouble.WORKER_DIED, Trouble.CARD_FAILED}, Action.RETRY),
        (Cause.TIMED_OUT, {Trouble.TIMED_OUT}, Action.RAISE_LIMIT),
    ):
        met = _with(environment, trouble)
        if met:
            yield slow(cause, _level(met), action, _evidence(environment, met))


def _out_of_memory(environment: Environment, met: list[Mishap]) -> Iterator[Finding]:
    if not met:
        return
    evidence = _evidence(environment, met)
    for name, trouble in (
        ("stepped", Trouble.STEPPED_DOWN),
        ("on_processor", Trouble.TO_PROCESSOR),
        ("failed", Trouble.OUT_OF_MEMORY),
    ):
        evidence[name] = sum(trouble in each.troubles for each in met)
    if environment.kernel_kills is not None:
        evidence["kernel_kills"] = environment.kernel_kills
    yield slow(Cause.OUT_OF_MEMORY, _level(met), Action.RELEASE_MEMORY, evidence)


def _with(environment: Environment, troubles: set[Trouble]) -> list[Mishap]:
    """The newest first."""
    return [each for each in environment.past.mishaps if each.troubles & troubles]


def _level(met: list[Mishap]) -> Level:
    """Serious where nothing came of the last job, or it went to the processor: the next one may go the same way."""
    newest = met[0]
    is_bad = newest.has_failed or Trouble.TO_PROCESSOR in newest.troubles
    return Level.SERIOUS if newest.is_last and is_bad else Level.MINOR


def _evidence(environment: Environment, met: list[Mishap]) -> dict[str, Detail]:
    minutes = (environment.taken_s - met[0].when) / 60
    return {"count": len(met), "hours": _HOURS, "number": met[0].number, "minutes_ago": max(0.0, minutes)}
