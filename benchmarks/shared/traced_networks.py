"""The unet engine's networks with weights of the right shapes and no values, played through under `FakeTensorMode`.

What each takes when it is loaded and when it is called is found out once for each precision, and then told as often as
the pipeline loads or calls it. Their answers are stand-ins: the pipeline's way hardly depends on them.
"""

from __future__ import annotations

import gc
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache, partial
from pathlib import Path
from typing import Any
from unittest import mock

import cv2
import numpy as np
import torch
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from benchmarks.shared import cuda_guard, synthetic_face
from benchmarks.shared.storage_log import Event, Later, StorageLog, note_convolution
from fusion.engines.unet import engine
from fusion.engines.unet.networks import checkpoint, identity, shape
from fusion.engines.unet.networks.enhancer import Enhancer
from fusion.engines.unet.networks.generator import Generator
from fusion.engines.unet.networks.identity import LENGTH, Identity
from fusion.engines.unet.networks.shape import KEY_POINTS, Shape
from fusion.weights.locate import UnetFiles

_CARD = torch.device("cuda", 0)
_NOWHERE = Path("no-file")
_COEFFICIENTS = 257
_SHAPES = {
    Generator: ((1, 3, 256, 256), (1, LENGTH), (1, KEY_POINTS, 2), (1, KEY_POINTS, 2)),
    Enhancer: ((1, 3, 1024, 1024),),
    Identity: ((1, 3, 256, 256),),
    Shape: ((1, 3, 256, 256),),
}


KINDS = tuple(_SHAPES)
HALVED: tuple[Any, ...] = (Generator, Enhancer)  # the others compute in float32, whatever the precision


class _Recording(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Notes down what is made on the card."""

    def __init__(self, log: StorageLog) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._log = log

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func is torch.ops.aten._local_scalar_dense.default:  # a number that is asked for and does not exist
            return 0.1 if args[0].is_floating_point() else 1
        made = func(*args, **(kwargs or {}))
        leaves = [each for each in tree_leaves(made) if isinstance(each, torch.Tensor)]
        for each in leaves:
            if each.device.type == "cuda":
                self._log.see(each)
        if leaves:
            note_convolution(self._log, func, args, made)
        return made


@cache
def lives(
    kind: Any, dtype: torch.dtype, rows: int | None = None, *, lends: bool = False
) -> tuple[tuple[Event, ...], tuple[Event, ...]]:
    """What one of the networks takes when it is loaded, and when it is called.

    Args:
        rows: of a map that the enhancer makes at once; all of them if None.
        lends: whether weights lie on the host, and are lent to the card; the enhancer's never are.
    """
    cuda_guard.load()
    log = StorageLog()
    build: Callable[[], Any] = {
        Generator: lambda: Generator(_NOWHERE, _CARD, dtype, lends=lends),
        Enhancer: lambda: Enhancer(_NOWHERE, _CARD, dtype),
        Identity: lambda: Identity(_NOWHERE, _CARD, lends=lends),
        Shape: lambda: Shape(_NOWHERE, _NOWHERE, _CARD, lends=lends),
    }[kind]
    with torch.no_grad(), _weightless(), FakeTensorMode(allow_non_fake_inputs=True):
        given = [torch.empty(shape, device=_CARD) for shape in _SHAPES[kind]]
        with _Recording(log):
            network = build()
            gc.collect()
            loaded = len(log.events)
            made = _called(network, given, rows)
            del made
            gc.collect()
            called = len(log.events)
    noted = [event for event in log.events if isinstance(event, Event)]
    return tuple(noted[:loaded]), tuple(noted[loaded:called])


def _called(network: Any, given: list[torch.Tensor], rows: int | None) -> Any:
    if isinstance(network, Shape):
        return network.coefficients(*given)
    return network(given[0], rows) if isinstance(network, Enhancer) else network(*given)


@contextmanager
def _weightless() -> Iterator[None]:
    """Checkpoints have what networks ask for; the face model has its real sizes."""
    made = checkpoint.filled

    def filled(make: Callable[[], Any], state: Any, path: Path) -> Any:
        with checkpoint._Weightless(), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # modelscope's code is older than some of torch's advice
            like = make().state_dict()
        return made(make, {name: torch.empty(each.shape, dtype=each.dtype) for name, each in like.items()}, path)

    sizes = ((KEY_POINTS * 3,), (80, KEY_POINTS * 3), (64, KEY_POINTS * 3))
    with ExitStack() as stack:
        stack.enter_context(mock.patch.object(checkpoint, "read", return_value={}))
        stack.enter_context(mock.patch.object(checkpoint, "filled", filled))
        parts = tuple(np.zeros(size, np.float32) for size in sizes)
        stack.enter_context(mock.patch("fusion.engines.unet.networks.shape._face_model", return_value=parts))
        yield


class _Told:
    """A network whose loading, calls and end are noted in a log, to be filled in for each precision."""

    def __init__(self, log: StorageLog, kind: Any, *, lends: bool = False) -> None:
        self._log, self._whose = log, (kind, lends)
        self._note("load")

    def __del__(self) -> None:
        self._note("end")

    def _note(self, what: str) -> None:
        self._log.events.append(Later(self._whose, what))


def as_in(log: StorageLog, dtype: torch.dtype, rows: int | None = None) -> StorageLog:
    """A log with what the networks take in a precision filled in; `rows` as of `lives`."""
    filled, names, held = StorageLog(), dict[int, int](), dict[Any, tuple[int, ...]]()
    for event in log.events:
        if isinstance(event, Event):
            filled.splice((event,), names)
            continue
        whose: Any = event.whose
        kind, lends = whose
        loaded, called = lives(
            kind, dtype if kind in HALVED else torch.float32, rows if kind is Enhancer else None, lends=lends
        )
        if event.what == "load":
            held[kind] = filled.splice(loaded)
        elif event.what == "call":
            filled.splice(called)
        else:
            for name in held.pop(kind):
                filled.give(name)
    return filled


class _Picture(_Told):
    """The generator and the enhancer: they give back the picture that they are shown."""

    def __call__(self, picture: torch.Tensor, *_: Any, **__: Any) -> torch.Tensor:
        self._note("call")
        return picture.clone()


class _Who(_Told):
    def __call__(self, crop: torch.Tensor) -> torch.Tensor:
        self._note("call")
        return torch.full((len(crop), LENGTH), LENGTH**-0.5).to(crop.device)


class _Build(_Told):
    def coefficients(self, crop: torch.Tensor) -> torch.Tensor:
        """As `Shape.coefficients`."""
        self._note("call")
        return torch.zeros((len(crop), _COEFFICIENTS)).to(crop.device)

    def key_points(self, coefficients: torch.Tensor) -> torch.Tensor:
        """As `Shape.key_points`, less some kilobytes."""
        return coefficients.new_zeros((len(coefficients), KEY_POINTS, 2))


def _of_others(log: StorageLog, kind: Any, stand_in: Any, *_: Any, lends: bool) -> Any:
    return stand_in(log, kind, lends=lends)


@contextmanager
def told(log: StorageLog) -> Iterator[Callable[[], UnetFiles]]:
    """While it lasts, the unet engine's networks are these; its files, for `fusion.engines.Engines`."""
    with tempfile.TemporaryDirectory(prefix="fusewise-traced-") as folder, ExitStack() as stack:
        alpha = Path(folder) / "alpha.png"
        if not cv2.imwrite(str(alpha), synthetic_face.oval()):
            raise OSError(f"could not write {alpha.name}")
        for name, stand_in in {
            "Generator": lambda *_, **given: _Picture(log, Generator, lends=given["lends"]),
            "Enhancer": lambda *_, **__: _Picture(log, Enhancer),
        }.items():
            stack.enter_context(mock.patch.object(engine, name, stand_in))
        for module, network, whose in ((identity, Identity, _Who), (shape, Shape, _Build)):
            made = partial(_of_others, log, network, whose)
            stack.enter_context(mock.patch.object(module, network.__name__, side_effect=made))
        files = UnetFiles(Path(folder), _NOWHERE, _NOWHERE, _NOWHERE, _NOWHERE, _NOWHERE, alpha)
        yield lambda: files
