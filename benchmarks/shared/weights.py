"""The unet model's folder for a benchmark: the one that is named, random weights made for now, or none."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def weights(named: Path | None, *, make: bool) -> Iterator[Path | None]:
    """The folder; None where only the landmark engine is measured."""
    if named is not None or not make:
        yield named and named.resolve()
        return
    from benchmarks import synthetic_weights

    with tempfile.TemporaryDirectory(prefix="fusewise-weights-") as folder:
        yield synthetic_weights.make(Path(folder))


def kind_of(folder: Path) -> str:
    """What lines say of the weights: "random" or "given"."""
    from fusion.weights.catalog import RANDOM_MARK

    return "random" if (folder / RANDOM_MARK).exists() else "given"
