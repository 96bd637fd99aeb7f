"""Ways to make the unet engine quicker on a processor, each beside what is without it, in turn in one process.

What each is, and whether it stayed, is in `CANDIDATES`; whole networks are here, single layers in `layers`. Only ratios
count: other work on the machine slows both sides alike. Page faults are told because they cost as much as arithmetic
where maps are large.
"""

from __future__ import annotations

import resource
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

import torch
import torch.nn.functional as F

from benchmarks.shared import common
from benchmarks.shared.common import Timing
from benchmarks.unet import layers
from benchmarks.unet.bench import Bench
from fusion.engines.unet.networks import generator, matrix, styled
from fusion.engines.unet.networks.enhancer import Enhancer
from fusion.engines.unet.networks.generator import Generator
from fusion.engines.unet.networks.identity import Identity
from fusion.engines.unet.networks.levels import Level
from fusion.engines.unet.networks.shape import Shape
from fusion.engines.unet.networks.strips import Strips
from fusion.engines.unet.networks.styled import Place
from fusion.weights.locate import UnetFiles, files_in

BUSY = 1.0  # load of the minute before, above which other work ran beside
ROWS = 64  # of the enhancer on a processor
CPU = torch.device("cpu")
DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16}

Work = Callable[[], torch.Tensor]


@dataclass(frozen=True, slots=True)
class Pair:
    """The same work without a candidate and with it; `note` says what else was found."""

    before: Work
    after: Work
    note: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Candidate:
    """`make`: both sides, of the model's files and a precision; `levels`: whether their answers are pictures."""

    name: str
    of: str
    kept: bool
    make: Callable[[UnetFiles, torch.dtype], Pair]
    precisions: tuple[str, ...] = ("float32", "bfloat16")
    levels: bool = True


class Given:
    """What the networks are asked: noise that is smooth enough to be a picture."""

    def __init__(self) -> None:
        dice = torch.Generator().manual_seed(1)
        self.crop = F.interpolate(torch.rand(1, 3, 16, 16, generator=dice), 256, mode="bicubic").clamp(0, 1) * 2 - 1
        self.large = F.interpolate(self.crop, 1024, mode="bicubic")
        self.who = F.normalize(torch.randn(1, 512, generator=dice), dim=1)
        self.points = torch.rand(1, 17, 2, generator=dice) - 0.5

    def face(self, network: Generator) -> Work:
        return lambda: network(self.crop, self.who, self.points, self.points)

    def detail(self, network: Enhancer, rows: int = ROWS) -> Work:
        return lambda: network(self.large, rows)


def _within(context: Callable[[], Any], work: Work) -> Work:
    def run() -> torch.Tensor:
        with context():
            return work()

    return run


def _lower_generator(files: UnetFiles, dtype: torch.dtype) -> Pair:
    exact, coarse = (Generator(files.generator, CPU, each) for each in (torch.float32, dtype))
    return Pair(Given().face(exact), Given().face(coarse))


def _lower_enhancer(files: UnetFiles, dtype: torch.dtype) -> Pair:
    exact, coarse = (Enhancer(files.enhancer, CPU, each) for each in (torch.float32, dtype))
    return Pair(Given().detail(exact), Given().detail(coarse))


@contextmanager
def _channels_first() -> Iterator[None]:
    def empty(self: Place, channels: int, height: int, width: int) -> torch.Tensor:
        return torch.empty(1, channels, height, width, device=self.device, dtype=self.dtype)

    with mock.patch.object(torch, "channels_last", torch.contiguous_format), mock.patch.object(Place, "empty", empty):
        yield


def _channels_last_generator(files: UnetFiles, dtype: torch.dtype) -> Pair:
    last = Generator(files.generator, CPU, dtype)
    with _channels_first():
        first = Generator(files.generator, CPU, dtype)
    return Pair(_within(_channels_first, Given().face(first)), Given().face(last))


def _channels_last_enhancer(files: UnetFiles, dtype: torch.dtype) -> Pair:
    last = Enhancer(files.enhancer, CPU, dtype)
    with _channels_first():
        first = Enhancer(files.enhancer, CPU, dtype)
    return Pair(_within(_channels_first, Given().detail(first)), Given().detail(last))


def _in_steps(x: torch.Tensor) -> torch.Tensor:
    variance, mean = torch.var_mean(x.float(), dim=1, keepdim=True)
    return x.sub(mean.to(x.dtype)).mul_((variance + 1e-5).rsqrt_().to(x.dtype))


def _normalised(files: UnetFiles, dtype: torch.dtype) -> Pair:
    work = Given().face(Generator(files.generator, CPU, dtype))
    return Pair(_within(lambda: mock.patch.object(generator, "_normal", _in_steps), work), work)


def _hidden_in_strips(files: UnetFiles, dtype: torch.dtype) -> Pair:
    work = Given().face(Generator(files.generator, CPU, dtype))
    return Pair(_within(lambda: mock.patch.object(generator, "_PROCESSORS_ROWS", 1 << 20), work), work)


def _by_columns(x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None = None) -> torch.Tensor:
    """`F.linear` with pixels as columns."""
    made = weight @ x.T
    return (made if bias is None else made + bias[:, None]).T


class _Columns(matrix.TransposedProduct):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        sides = [(side - 1) * self.stride[0] - 2 * self.padding[0] + self.kernel[0] for side in x.shape[2:]]
        made = self.weight.T @ x.reshape(x.shape[1], -1)
        out = F.fold(made.unsqueeze(0), tuple(sides), self.kernel, padding=self.padding, stride=self.stride)
        return out if self.bias is None else out.add_(self.bias[:, None, None])


def _pixels_as_rows(files: UnetFiles, dtype: torch.dtype) -> Pair:
    work = Given().face(Generator(files.generator, CPU, dtype))

    @contextmanager
    def columns() -> Iterator[None]:
        transposed = mock.patch.object(matrix.TransposedProduct, "forward", _Columns.forward)
        with transposed, mock.patch.object(matrix, "F", mock.Mock(wraps=F, linear=_by_columns)):
            yield

    return Pair(_within(columns, work), work)


def _strips_of(rows: int) -> Callable[[UnetFiles, torch.dtype], Pair]:
    def make(files: UnetFiles, dtype: torch.dtype) -> Pair:
        network = Enhancer(files.enhancer, CPU, dtype)
        return Pair(Given().detail(network), Given().detail(network, rows))

    return make


def _activated(before: torch.Tensor) -> torch.Tensor:
    return F.leaky_relu_(before, styled._SLOPE)


def _fused_activation(files: UnetFiles, dtype: torch.dtype) -> Pair:
    """In the half that a convolution makes; the features' half is activated as it is written."""
    network = Enhancer(files.enhancer, CPU, dtype)

    def beside(
        self: styled.Styled, made: torch.Tensor, features: torch.Tensor, out: torch.Tensor | None = None
    ) -> torch.Tensor:
        if out is None:
            out = self._place.empty(2 * self.channels, made.shape[2], made.shape[3])
        out[:, : self.channels].copy_(made)
        _activated(torch.add(self._side_bias, features, alpha=self._side, out=out[:, self.channels :]))
        return out

    def convolved(x: torch.Tensor, weight: torch.Tensor, bias: Any = None, **given: Any) -> torch.Tensor:
        if bias is None or weight.shape[2] == 1 or given.get("stride", 1) != 1:  # nothing is activated after these
            return torch.conv2d(x, weight, bias, **given)
        return layers.pointwise(x, weight, bias, given["padding"], given.get("groups", 1), styled._SLOPE)

    @contextmanager
    def fused() -> Iterator[None]:
        functions = mock.Mock(wraps=F, conv2d=convolved)
        with mock.patch.object(styled.Styled, "beside", beside), mock.patch.object(styled, "F", functions):
            yield

    return Pair(Given().detail(network), _within(fused, Given().detail(network)))


def _shown_small(files: UnetFiles, dtype: torch.dtype) -> Pair:
    """The colours at 512 px, enlarged: what a face that is shown at half the crop's size could be content with."""
    network = Enhancer(files.enhancer, CPU, dtype)

    def less(self: Level, x: Any, features: Any, style: torch.Tensor, strips: Strips) -> torch.Tensor:
        for first, end in strips.of(x.side):
            x.rows(first, end)
        return F.interpolate(x.colours, scale_factor=2.0, mode="bilinear", align_corners=False)

    work = Given().detail(network)
    return Pair(work, _within(lambda: mock.patch.object(Level, "last", less), work), {"for_faces_up_to_px": 254})


def _packed(files: UnetFiles, dtype: torch.dtype) -> Pair:
    """The identity's and the build's networks, whose weights are far larger than their maps."""
    sides = []
    for packs in (False, True):
        who, build = Identity(files.identity, CPU), Shape(files.shape, files.face_model, CPU)
        for network in (who._network, build._network) if packs else ():
            layers.pack(network)
        sides.append((who, build))
    crop = Given().crop

    def run(side: tuple[Identity, Shape]) -> Work:
        return lambda: torch.cat([side[0](crop), side[1].coefficients(crop)], 1)

    return Pair(run(sides[0]), run(sides[1]))


CANDIDATES = [
    Candidate("bfloat16", "generator", True, _lower_generator, ("bfloat16",)),
    Candidate("bfloat16", "enhancer", True, _lower_enhancer, ("bfloat16",)),
    Candidate("channels last", "generator", True, _channels_last_generator),
    Candidate("channels last", "enhancer", True, _channels_last_enhancer),
    Candidate("mean and deviation in one pass", "generator", True, _normalised),
    Candidate("hidden maps in strips", "generator", True, _hidden_in_strips),
    Candidate("pixels as rows of small products", "generator", True, _pixels_as_rows),
    Candidate("strips of 32 rows instead of 64", "enhancer", False, _strips_of(32)),
    Candidate("strips of 128 rows instead of 64", "enhancer", False, _strips_of(128)),
    Candidate("bias and activation fused by oneDNN", "enhancer", False, _fused_activation),
    Candidate("colours at 512 px, enlarged", "enhancer", False, _shown_small),
    Candidate("weights in oneDNN's order beforehand", "identity and build", False, _packed, ("float32",), levels=False),
    *(Candidate(name, "3×3 convolutions", False, make, precisions, levels=False)
      for name, make, precisions in layers.candidates(Pair)),
]  # fmt: skip


def measure(bench: Bench) -> None:
    """A line for each candidate and precision."""
    files = files_in(bench.folder)
    for candidate in CANDIDATES:
        for precision in candidate.precisions:
            key = f"candidate {candidate.name}, {candidate.of} {precision}"
            if bench.wants(key):
                _measure(bench, key, candidate, precision, files)


def _measure(bench: Bench, key: str, candidate: Candidate, precision: str, files: UnetFiles) -> None:
    with torch.inference_mode():
        pair = candidate.make(files, DTYPES[precision])
        one, other = (work().float() for work in (pair.before, pair.after))
        sides = _alternate({"before": pair.before, "after": pair.after}, bench.runs)
    facts: dict[str, Any] = {"part": "candidate", "name": candidate.name, "of": candidate.of, "precision": precision}
    facts |= {"kept": candidate.kept, "busy": common.machine()["load_1m"] > BUSY, **sides}
    facts["times"] = round(sides["before"]["median_s"] / sides["after"]["median_s"], 3)
    facts["times_cpu"] = round(sides["before"]["cpu_s"] / sides["after"]["cpu_s"], 3)
    if candidate.levels:
        apart = (one.clamp(-1, 1) - other.clamp(-1, 1)).abs() * 127.5
        facts |= {"levels_median": round(float(apart.median()), 4), "levels_worst": round(float(apart.max()), 4)}
    facts |= pair.note
    print(f"{key}: {facts['times']} times as fast (by seconds of cores {facts['times_cpu']}), {facts}", flush=True)
    bench.record(key, facts)


def _alternate(work: dict[str, Work], runs: int) -> dict[str, dict[str, float]]:
    """Seconds, seconds of the cores and page faults of each side, medians of `runs` in turn."""
    seen: dict[str, list[tuple[float, float, int]]] = {name: [] for name in work}
    for _ in range(runs):
        for name, run in work.items():
            before, began = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
            run()
            spent, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_SELF)
            cores = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            seen[name].append((spent, cores, after.ru_minflt - before.ru_minflt))
    found: dict[str, dict[str, float]] = {}
    for name, each in seen.items():
        seconds, cores_s, faults = zip(*each, strict=True)
        found[name] = {**Timing.of(seconds).to_json(), "cpu_s": round(statistics.median(cores_s), 4)}
        found[name]["page_faults"] = statistics.median(faults)
    return found
