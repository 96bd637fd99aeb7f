"""Why a graphics card is not used, or does less than it could. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from advisor.device import compute_target
from advisor.diagnosis import THRESHOLDS, Action, Cause, Finding, Level
from advisor.driver import SENTENCES, Gpu, Reason, Throttle
from advisor.health.environment import Environment
from advisor.health.findings import slow
from fusion.errors import Detail

# Nothing is wrong where there is no card, and no driver for one.
_NOT_MISSED = frozenset({Reason.NO_DRIVER, Reason.NO_CARD})
# A cap on power is how cards are built: most meet theirs under full load. Heat and a failing supply are not.
_HELD_BACK = frozenset(
    {Throttle.HARDWARE_HEAT, Throttle.SOFTWARE_HEAT, Throttle.HARDWARE_SLOWDOWN, Throttle.POWER_BRAKE}
)


def card_findings(environment: Environment) -> Iterator[Finding]:
    """Of drivers, of PyTorch's build, of workers on the processor though there is a card, and of heat."""
    snapshot = environment.snapshot
    yield from _broken(environment)
    for gpu in snapshot.gpus:
        yield from _held_back(gpu, is_used=environment.torch_cuda is not None)
    if not snapshot.gpus:
        return
    usable = [gpu for gpu in snapshot.gpus if gpu.is_visible is not False]
    if not usable:
        if environment.torch_cuda is not None:
            yield _on_processor(snapshot.gpus[0], Reason.HIDDEN, Level.MINOR)
    elif environment.torch_cuda is None:
        evidence = {"device": _name(usable[0]), "command": compute_target.mending(snapshot.gpus)}
        yield slow(Cause.TORCH_WITHOUT_CUDA, Level.SERIOUS, Action.INSTALL_TORCH, evidence)
    elif old := [gpu for gpu in usable if _is_too_old(gpu, environment.torch_cuda)]:
        yield _driver_old(old[0], environment.torch_cuda, compute_target.mending(snapshot.gpus))
    elif without := [gpu for gpu in usable if gpu.has_code is False]:
        known = {"torch_cuda": environment.torch_cuda, "command": compute_target.mending(snapshot.gpus)}
        yield _without_code(without[0], known, is_only=len(without) == len(usable))
    elif environment.computes_on_host:
        yield _on_processor(usable[0], Reason.UNUSED, Level.SERIOUS)


def _broken(environment: Environment) -> Iterator[Finding]:
    snapshot = environment.snapshot
    whys = {each.why for each in snapshot.unread} or ({snapshot.why} if snapshot.why else set())
    for why in sorted(whys - _NOT_MISSED):
        message, remedy = SENTENCES[why]
        is_missed = not snapshot.gpus and environment.torch_cuda is not None
        level = Level.SERIOUS if is_missed else Level.MINOR
        evidence = {"reason": str(why), "message": message, "remedy": remedy}
        yield slow(Cause.DRIVER_BROKEN, level, Action.UPDATE_DRIVER, evidence)


def _is_too_old(gpu: Gpu, torch_cuda: str) -> bool:
    """Within one major version any driver runs what was built for any minor one (NVIDIA, "CUDA compatibility")."""
    return gpu.cuda_version is not None and _major(gpu.cuda_version) < _major(torch_cuda)


def _major(version: str) -> int:
    return int(version.partition(".")[0])


def _driver_old(gpu: Gpu, torch_cuda: str, command: str) -> Finding:
    evidence = {
        "device": _name(gpu),
        "driver": gpu.driver or "?",
        "driver_cuda": gpu.cuda_version or "?",
        "torch_cuda": torch_cuda,
        "command": command,
    }
    return slow(Cause.DRIVER_OLD, Level.SERIOUS, Action.UPDATE_DRIVER, evidence)


def _without_code(gpu: Gpu, known: Mapping[str, str], *, is_only: bool) -> Finding:
    capability = ".".join(map(str, gpu.capability or ()))
    evidence = {"device": _name(gpu), "capability": capability, **known}
    level = Level.SERIOUS if is_only else Level.MINOR
    return slow(Cause.TORCH_WITHOUT_CODE, level, Action.INSTALL_TORCH, evidence)


def _on_processor(gpu: Gpu, why: Reason, level: Level) -> Finding:
    message, remedy = SENTENCES[why]
    evidence = {"device": _name(gpu), "reason": str(why), "message": message, "remedy": remedy}
    return slow(Cause.ON_PROCESSOR, level, Action.RESTART_WORKER, evidence)


def _held_back(gpu: Gpu, *, is_used: bool) -> Iterator[Finding]:
    by = sorted(_HELD_BACK & set(gpu.throttles or ()))
    if not by or Throttle.IDLE in (gpu.throttles or ()) or not gpu.clock_mhz or not gpu.clock_max_mhz:
        return
    share = gpu.clock_mhz / gpu.clock_max_mhz
    if not THRESHOLDS["clock"].is_past(share):
        return
    evidence: dict[str, Detail] = {
        "device": _name(gpu),
        "clock_mhz": gpu.clock_mhz,
        "clock_max_mhz": gpu.clock_max_mhz,
        "throttle": str(by[0]),
    }
    if gpu.temperature_c is not None:
        evidence["temperature_c"] = gpu.temperature_c
    level = Level.SERIOUS if is_used and THRESHOLDS["clock_serious"].is_past(share) else Level.MINOR
    yield slow(Cause.CARD_HELD_BACK, level, Action.WAIT, evidence, THRESHOLDS["clock"].confidence(share))


def _name(gpu: Gpu) -> str:
    return gpu.name or "a graphics card"
