"""What slows this machine down, found in an `Environment`: each with its evidence, and what to do. Pure.

Serious is what makes jobs fail, wait for ever, or run several times as long. A machine on which all is well has no
finding at all. Memory is judged in `advisor.memory_doctor`, cards in `advisor.card_doctor`.
"""

from __future__ import annotations

from collections.abc import Iterator

from advisor.card_doctor import card_findings
from advisor.environment import Environment
from advisor.finding import Action, Cause, Finding, Level
from advisor.memory_doctor import AMPLE, SCANT, memory_findings
from advisor.past import WINDOW_S, Mishap, Trouble
from advisor.symptoms import GIB, beyond, slow
from fusion.errors import Detail

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
    Cause.DRIVER_OLD,
    Cause.DRIVER_BROKEN,
    Cause.QUEUE_LONG,
    Cause.DISK_FULL,
    Cause.LIMITED,
    Cause.CARD_HELD_BACK,
    Cause.TIMED_OUT,
    Cause.DATABASE,
)
# A result of 8192 × 8192 and its picture from before weigh up to 0.4 GB together, as PNGs of noise.
_NO_ROOM, _LITTLE_ROOM = GIB // 2, 2 * GIB
# Who presses Fuse waits behind so many others, or so long. The page says "about a minute" as something to wait for.
_LONG, _LONG_S = 5, 120.0
_FEW_CORES = 2.0  # below, the page and the fusion take each other's time
_HOURS = WINDOW_S / 3600


def doctor(environment: Environment) -> tuple[Finding, ...]:
    """What is found, the serious first, then by how sure it is. () where all is well."""
    found = [
        *_database(environment),
        *_workers(environment),
        *card_findings(environment),
        *memory_findings(environment),
        *_apps(environment),
        *_disks(environment),
        *_limits(environment),
        *_queue(environment),
        *_mishaps(environment),
    ]
    return tuple(sorted(found, key=lambda each: (each.level != Level.SERIOUS, -each.confidence)))


def _database(environment: Environment) -> Iterator[Finding]:
    if environment.past.error:
        yield slow(Cause.DATABASE, Level.SERIOUS, Action.RETRY, {"why": environment.past.error})


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
    for stray in environment.leftovers:
        evidence: dict[str, Detail] = {"pid": stray.pid, "name": stray.name or "?"}
        evidence["held_gib"] = stray.resident_bytes / GIB
        yield slow(Cause.LEFTOVER_WORKER, Level.MINOR, Action.END_LEFTOVER, evidence)
    for app in environment.apps[1:]:
        shares = "" if app.shares_data is None else str(app.shares_data).lower()
        evidence = {"pid": app.pid, "name": app.name, "held_gib": app.resident_bytes / GIB, "shares_data": shares}
        yield slow(Cause.SECOND_APP, Level.MINOR, Action.CLOSE_PROGRAM, evidence)


def _disks(environment: Environment) -> Iterator[Finding]:
    for disk in environment.disks[:1]:
        if disk.free_bytes < _LITTLE_ROOM:
            level = Level.SERIOUS if disk.free_bytes < _NO_ROOM else Level.MINOR
            evidence = {"free_gib": disk.free_bytes / GIB, "total_gib": disk.total_bytes / GIB}
            yield slow(Cause.DISK_FULL, level, Action.FREE_DISK, evidence, beyond(_LITTLE_ROOM, disk.free_bytes))


def _limits(environment: Environment) -> Iterator[Finding]:
    limits = environment.limits
    has_few = limits.cores < _FEW_CORES <= limits.machine_cores
    has_little = limits.memory_bytes < min(AMPLE, limits.machine_bytes)
    if has_few or has_little:
        evidence = {
            "cores": limits.cores,
            "machine_cores": limits.machine_cores,
            "memory_gib": limits.memory_bytes / GIB,
            "machine_gib": limits.machine_bytes / GIB,
        }
        sure = max(beyond(_FEW_CORES, limits.cores) * has_few, beyond(AMPLE, limits.memory_bytes) * has_little)
        level = Level.SERIOUS if has_little and limits.memory_bytes < SCANT else Level.MINOR
        yield slow(Cause.LIMITED, level, Action.RAISE_LIMIT, evidence, sure)


def _queue(environment: Environment) -> Iterator[Finding]:
    line = environment.past.line
    needed_s = line.needed_s or 0.0
    if line.waiting >= _LONG or needed_s >= _LONG_S:
        evidence: dict[str, Detail] = {"waiting": line.waiting, "running": line.running, "batched": line.batched}
        if line.needed_s is not None:
            evidence["needed_s"] = line.needed_s
        sure = max(beyond(line.waiting, _LONG), beyond(needed_s, _LONG_S))
        yield slow(Cause.QUEUE_LONG, Level.MINOR, Action.WAIT, evidence, sure)


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
    serious = Trouble.OUT_OF_MEMORY in met[0].troubles or Trouble.TO_PROCESSOR in met[0].troubles
    level = _level(met) if serious else Level.MINOR
    yield slow(Cause.OUT_OF_MEMORY, level, Action.RELEASE_MEMORY, evidence)


def _with(environment: Environment, troubles: set[Trouble]) -> list[Mishap]:
    """The newest first."""
    return [each for each in environment.past.mishaps if each.troubles & troubles]


def _level(met: list[Mishap]) -> Level:
    """Serious only while no job has come through since."""
    return Level.SERIOUS if met[0].is_last else Level.MINOR


def _evidence(environment: Environment, met: list[Mishap]) -> dict[str, Detail]:
    minutes = (environment.taken_s - met[0].when) / 60
    return {"count": len(met), "hours": _HOURS, "number": met[0].number, "minutes_ago": max(0.0, minutes)}
